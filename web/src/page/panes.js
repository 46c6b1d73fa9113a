// Where the window is narrow one part of the page is shown at a time.

import { byId, html } from "../dom.js";

const PANES = [["spec", "Spec"], ["results", "Results"], ["inspector", "Reads"]];

/** Fill the switch between the parts of the page. */
export function panes(store) {
  const buttons = PANES.map(([id, label]) => html("button", { type: "button", data: { pane: id }, onclick: () => store.set({ pane: id }) }, label));
  byId("panes").append(...buttons);
  const show = ({ pane }) => {
    document.body.dataset.pane = pane;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
  };
  store.on(["pane"], show);
  show(store.get());
}

// Tabs that follow the pattern of the ARIA guide: arrows move, one is in the tab order.

import { html } from "../dom.js";

/** Fill a tablist with `[{ id, label }]` for the panel with id `panel`; `choose(id)` follows the user. Returns `select(id)`. */
export function tabsView({ element, panel, tabs, choose }) {
  const buttons = tabs.map(({ id, label }) => html("button", {
    type: "button", role: "tab", id: `${element.id}-${id}`, "aria-controls": panel, data: { tab: id }, onclick: () => choose(id),
  }, label));
  element.replaceChildren(...buttons);
  element.onkeydown = (event) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const button = buttons[(to + buttons.length) % buttons.length];
    button.focus();
    choose(button.dataset.tab);
  };

  function select(id) {
    for (const button of buttons) {
      const chosen = button.dataset.tab === id;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen) document.getElementById(panel).setAttribute("aria-labelledby", button.id);
    }
  }
  return { select };
}

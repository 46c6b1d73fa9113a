// One sentence to the reader, above the page, with what can be done about it.

import { byId, html } from "../dom.js";

/** Show a sentence; `actions` are `[label, function]`. */
export function notice(sentence, actions = []) {
  const element = byId("notice");
  const close = () => { element.hidden = true; };
  const buttons = [...actions, ["Close", () => {}]].map(([label, act]) =>
    html("button", { type: "button", onclick: () => { close(); act(); } }, label));
  element.replaceChildren(html("p", {}, sentence), ...buttons);
  element.hidden = false;
}

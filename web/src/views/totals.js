import { html } from "../dom.js";

/** Show the totals of a table in `element`: conditions and exact bytes, which all need room, are titles. */
export function showTotals(element, totals) {
  element.replaceChildren(...totals.map(({ label, text }) => {
    const [, words, condition] = /^(.*?)(?: \((.*)\))?$/.exec(label);
    const [, short, bytes] = /^(.*?)(?: \(([\d,]+ bytes)\))?$/.exec(text);
    return html("div", { class: "ac-total", title: [condition, bytes].filter(Boolean).join(", ") || null },
      html("span", {}, words), html("b", {}, short));
  }));
}

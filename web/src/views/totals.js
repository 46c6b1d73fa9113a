import { html } from "../dom.js";

/** Show the totals of a table in `element`: conditions and exact bytes, which all need room, are titles. */
export function showTotals(element, totals) {
  element.replaceChildren(...totals.map(({ label, text }) => {
    const [, words, condition] = /^(.*?)(?: \((.*)\))?$/.exec(label);
    const { short, exact } = shortened(text);
    return html("div", { class: "ac-total", title: [exact, condition].filter(Boolean).join("; ") || null },
      html("span", {}, words), html("b", {}, short));
  }));
}

// "4.863 MiB (5,099,520 bytes)" and "551,031,305,280 (551.0 G)": the words that need less room are shown.
function shortened(text) {
  const found = /^(.+) \((.+)\)$/.exec(text);
  if (!found) return { short: text, exact: "" };
  const [, before, inside] = found;
  return inside.endsWith("bytes") ? { short: before, exact: inside } : { short: inside, exact: before };
}

// The derivation of a layer's numbers.

import { html } from "../dom.js";

/** Return the elements of an explanation of the engine. */
export function explanation({ title, subtitle, sections }) {
  return [
    html("h3", { class: "ac-explain-title" }, title),
    ...subtitle.map((line) => html("p", { class: "ac-remark" }, line)),
    ...sections.map(section),
  ];
}

function section({ heading, steps }) {
  return html("section", {},
    html("h4", {}, heading),
    html("dl", {}, steps.flatMap(step)));
}

function step({ what, expression, result, remark }) {
  const first = what.split(" ")[0];
  const hue = first === "T" ? "ac-time" : ["D", "H", "W"].includes(first) ? "ac-space" : null;
  return [
    html("dt", { class: hue }, what),
    html("dd", {},
      html("code", {}, expression ? `${expression} = ` : "", html("b", {}, result)),
      remark && html("small", {}, remark)),
  ];
}

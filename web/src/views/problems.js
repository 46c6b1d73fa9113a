// Problems and warnings in words, under the editor.

import { html } from "../dom.js";

/** Show what is wrong in `element`; `go(place)` follows a click on one of the own text. */
export function showProblems(element, { problems, warnings, usage }, go) {
  const rows = [
    ...(usage ? [html("li", { class: "ac-problem" }, usage)] : []),
    ...problems.map((problem) => problemRow(problem, "ac-problem", go)),
    ...warnings.map((warning) => problemRow(warning, "ac-warning", go)),
  ];
  const count = problems.length + (usage ? 1 : 0);
  const heading = [count && words(count, "problem"), warnings.length && words(warnings.length, "warning")].filter(Boolean);
  element.replaceChildren(...(rows.length ? [html("h2", {}, heading.join(", ")), html("ul", {}, rows)] : []));
}

const words = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

function problemRow(problem, name, go) {
  const { message, place, related } = problem;
  const text = [html("span", { class: "ac-where" }, where(place)), html("span", {}, message)];
  const row = place?.own && place.from !== null
    ? html("button", { type: "button", onclick: () => go(place) }, text)
    : html("div", {}, text);
  const others = (related ?? []).map(({ what, place: other }) =>
    html("p", { class: "ac-remark" }, `${what} ${where(other)}`.trim()));
  return html("li", { class: name }, row, others);
}

function where(place) {
  if (!place || place.line === null) return place?.file ?? "";
  return place.own ? `${place.line}:${place.column}` : `${place.library ?? place.file}:${place.line}:${place.column}`;
}

// The menu of exports.

import { html } from "../dom.js";

const TABLE = [["latex", "LaTeX"], ["csv", "CSV"], ["markdown", "Markdown"], ["html", "HTML"], ["json", "JSON"]];

/**
 * Return the contents of the menu. `table(format)`, `drawing(format)`, `reads(format)` and `spec()` save a file;
 * `drawingName()` says which drawing is meant.
 */
export function exportMenu({ table, drawing, reads, spec, drawingName }) {
  const item = (label, onclick) => html("button", { type: "button", onclick }, label);
  const group = (heading, items) => html("div", { class: "ac-menu-group" }, html("h3", {}, heading), html("div", {}, items));
  const drawingHeading = html("h3", {}, "Drawing");
  const element = html("div", { class: "ac-export" },
    group("Table", TABLE.map(([format, label]) => item(label, () => table(format)))),
    html("div", { class: "ac-menu-group" }, drawingHeading,
      html("div", {}, item("SVG", () => drawing("svg")), item("PNG", () => drawing("png")))),
    group("What the position reads", [item("SVG", () => reads("svg")), item("PNG", () => reads("png"))]),
    group("Spec", [item("YAML", spec)]));
  return { element, opened: () => { drawingHeading.textContent = `Drawing: ${drawingName()}`; } };
}

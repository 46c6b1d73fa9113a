// The menu of exports.

import { html } from "../dom.js";

const LABELS = { latex: "LaTeX", csv: "CSV", markdown: "Markdown", html: "HTML", json: "JSON" };

/**
 * Return the contents of the menu. `table(format)`, `drawing(format)`, `reads(format)` and `spec()` save a file;
 * `drawingName()` says which drawing is meant, `formats()` which formats the engine writes tables in.
 */
export function exportMenu({ table, drawing, reads, spec, drawingName, formats }) {
  const item = (label, onclick) => html("button", { type: "button", onclick }, label);
  const group = (heading, items) => html("div", { class: "ac-menu-group" }, html("h3", {}, heading), html("div", {}, items));
  const tables = html("div");
  const drawingHeading = html("h3", {}, "Drawing");
  const element = html("div", { class: "ac-export" },
    html("div", { class: "ac-menu-group" }, html("h3", {}, "Table"), tables),
    html("div", { class: "ac-menu-group" }, drawingHeading,
      html("div", {}, item("SVG", () => drawing("svg")), item("PNG", () => drawing("png")))),
    group("What the position reads", [item("SVG", () => reads("svg")), item("PNG", () => reads("png"))]),
    group("Spec", [item("YAML", spec)]));

  function opened() {
    drawingHeading.textContent = `Drawing: ${drawingName()}`;
    tables.replaceChildren(...Object.entries(LABELS).filter(([format]) => formats().includes(format))
      .map(([format, label]) => item(label, () => table(format))));
  }

  return { element, opened };
}

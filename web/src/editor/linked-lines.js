// The lines of the layers that are pointed at elsewhere on the page.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

const setLines = StateEffect.define();
const pointed = Decoration.line({ class: "ac-line-pointed" });
const chosen = Decoration.line({ class: "ac-line-chosen" });

function decorate(doc, { pointedLines, chosenLine }) {
  const marks = new Map(pointedLines.map((line) => [line, pointed]));
  if (chosenLine) marks.set(chosenLine, chosen);
  const known = [...marks].filter(([line]) => line >= 1 && line <= doc.lines).sort(([one], [other]) => one - other);
  return Decoration.set(known.map(([line, mark]) => mark.range(doc.line(line).from)));
}

/** The marks, which move with the text until they are set anew. */
export const linkedLines = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    const moved = marks.map(transaction.changes);
    const effect = transaction.effects.findLast((each) => each.is(setLines));
    return effect ? decorate(transaction.state.doc, effect.value) : moved;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Mark the lines of what is pointed at and of the chosen layer (counted from 1; null for none). */
export function markLines(view, pointedLines, chosenLine) {
  view.dispatch({ effects: setLines.of({ pointedLines, chosenLine }) });
}

/**
 * Return the layers of a line. A line that makes none (an argument in block style) has those of the nearest line above it
 * that is indented less and makes some.
 */
export function layersOfLine(doc, number, lines) {
  let indent = Infinity;
  for (let at = Math.min(number, doc.lines); at >= 1; at -= 1) {
    const text = doc.line(at).text;
    if (!text.trim()) {
      if (at === number) return [];
      continue;
    }
    const here = text.search(/\S/);
    if (here >= indent) continue;
    if (lines[at]) return lines[at];
    indent = here;
  }
  return [];
}

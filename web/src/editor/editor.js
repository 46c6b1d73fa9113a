// The editor: CodeMirror with what a spec needs.

import { autocompletion } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { lintGutter } from "@codemirror/lint";
import { Annotation, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";

import { continueList } from "./continue-list.js";
import { highlight } from "./highlight.js";
import { linkedLines } from "./linked-lines.js";
import { theme } from "./theme.js";

const LABEL = "Spec in YAML. Tab indents, Escape leaves the editor.";
const byPage = Annotation.define();

const caretLine = (state) => state.doc.lineAt(state.selection.main.head).number;

/**
 * Return an editor in `parent`. `changed(text)` follows every change by the user, `moved(line)` the caret when the user
 * moves it, `pointed(line)` the mouse (null when it leaves); `complete` is a completion source, `save` answers Ctrl+S,
 * `leave` Escape.
 */
export function createEditor({ parent, text, dark, changed, moved, pointed, complete, save, leave }) {
  const follow = EditorView.updateListener.of((update) => {
    if (update.transactions.some((transaction) => transaction.annotation(byPage))) return;
    if (update.docChanged) changed(update.state.doc.toString());
    if (update.selectionSet || update.docChanged) moved(caretLine(update.state));
  });
  const mouse = EditorView.domEventHandlers({
    mousemove(event, view) {
      const position = view.posAtCoords({ x: event.clientX, y: event.clientY });
      pointed(position === null ? null : view.state.doc.lineAt(position).number);
    },
    mouseleave: () => pointed(null),
  });
  const enter = Prec.high(keymap.of([{ key: "Enter", run: continueList }]));
  const commands = keymap.of([
    { key: "Mod-s", run: () => (save(), true), preventDefault: true },
    { key: "Escape", run: () => (leave(), true) }, // last, so an open completion or search closes first
    indentWithTab,
  ]);
  const extensions = [
    basicSetup, yaml(), highlight, lintGutter(), linkedLines, theme(dark), follow, mouse, enter, commands,
    autocompletion({ override: [complete] }),
    EditorView.contentAttributes.of({ "aria-label": LABEL, spellcheck: "false", tabindex: "0" }),
  ];
  return new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
}

/** Put another text into the editor, which `changed` does not hear of. */
export function replaceText(view, text) {
  if (text === view.state.doc.toString()) return;
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: text },
    selection: { anchor: 0 },
    annotations: byPage.of(true),
    scrollIntoView: true,
  });
}

/** Put the caret at an offset and go there. */
export function goTo(view, offset) {
  view.dispatch({ selection: { anchor: Math.min(offset, view.state.doc.length) }, scrollIntoView: true });
  view.focus();
}

/** Bring a line into sight without moving the caret. */
export function revealLine(view, number) {
  if (number < 1 || number > view.state.doc.lines) return;
  const { from } = view.state.doc.line(number);
  view.dispatch({ effects: EditorView.scrollIntoView(from, { y: "nearest", yMargin: 40 }), annotations: byPage.of(true) });
}

/** Return an editor of a text that cannot be changed here. */
export function createReader({ parent, text, dark, label }) {
  const extensions = [
    basicSetup, yaml(), highlight, linkedLines, theme(dark),
    EditorState.readOnly.of(true),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
  ];
  return new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
}

// The left side: the spec, the libraries it uses, and what is wrong with it.

import { byId } from "../dom.js";
import { completer } from "../editor/complete.js";
import { createEditor, goTo, replaceText, revealLine } from "../editor/editor.js";
import { layersOfLine, markLines } from "../editor/linked-lines.js";
import { markProblems } from "../editor/problems.js";
import { themeChange } from "../editor/theme.js";
import { showProblems } from "../views/problems.js";
import { choosing, pointing } from "./choosing.js";
import { layerOf } from "./state.js";
import { fileTabs } from "./file-tabs.js";

/** Fill the left side. `leave` is where Escape goes, `save` what Ctrl+S does. Returns `{ replace(text), focus() }`. */
export function specPane(store, engine, { leave, save }) {
  const choose = choosing(store);
  const point = pointing(store);
  const files = fileTabs(store, engine);
  let schema = null;
  engine.call("schema").then((answer) => { schema = answer.schema; }, () => {});

  const view = createEditor({
    parent: byId("editor"),
    text: store.get().text,
    dark: store.get().theme === "dark",
    changed: (text) => store.set({ text }),
    moved: caretAt,
    pointed: (line) => point(line === null ? [] : layersAt(line)),
    complete: completer(() => schema, () => store.get().good?.answer ?? null),
    save,
    leave,
  });

  function layersAt(line) {
    const { good } = store.get();
    return good ? layersOfLine(view.state.doc, line, good.answer.lines) : [];
  }

  function caretAt(line) {
    const caret = layersAt(line);
    store.set({ caret });
    if (caret.length && !caret.includes(store.get().path)) choose(caret[0]);
  }

  function markLayers() {
    const state = store.get();
    const lineOf = (path) => layerOf(state, path)?.line ?? null;
    const lines = [...new Set(state.pointed.map(lineOf).filter((line) => line !== null))];
    markLines(view, lines, state.path ? lineOf(state.path) : null);
  }

  function showFaults({ faults }) {
    markProblems(view, faults.problems, faults.warnings);
    showProblems(byId("problems"), faults, (place) => { files.showOwn(); goTo(view, place.from); });
  }

  function revealChosen() {
    const state = store.get();
    const line = layerOf(state, state.path)?.line;
    if (line && !view.hasFocus && !state.stale) revealLine(view, line);
  }

  function showModule({ module }) {
    byId("editor").hidden = module !== null;
    byId("module").hidden = module === null;
    byId("controls").inert = module !== null; // they are fixed by the command line
  }

  store.on(["module"], showModule);
  store.on(["text"], ({ text }) => replaceText(view, text));
  store.on(["faults"], showFaults);
  store.on(["path", "pointed", "good"], markLayers);
  store.on(["path"], revealChosen);
  store.on(["good"], () => store.get().good && store.set({ caret: view.hasFocus ? layersAt(view.state.doc.lineAt(view.state.selection.main.head).number) : [] }));
  store.on(["theme"], ({ theme }) => {
    view.dispatch({ effects: themeChange(theme === "dark") });
  });
  return { view, focus: () => view.focus() };
}

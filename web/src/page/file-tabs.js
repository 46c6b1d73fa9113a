// The tabs over the editor: the spec, and the bundled libraries it uses, to be read.

import { byId, html } from "../dom.js";
import { createReader, replaceText, revealLine } from "../editor/editor.js";
import { markLines } from "../editor/linked-lines.js";
import { themeChange } from "../editor/theme.js";
import { tabsView } from "../views/tabs.js";
import { layerOf } from "./state.js";

/** Keep the tabs up to date. Returns `{ showOwn() }`, which goes back to the spec. */
export function fileTabs(store, engine) {
  const element = byId("files");
  const own = byId("editor");
  const reading = html("div", { class: "ac-editor", hidden: true });
  own.after(reading);
  let reader = null;
  let open = null; // the library that is shown, null for the spec
  let shown = "";
  let tabs = null;

  function build() {
    const { name, text, original, good } = store.get();
    const libraries = (good?.answer.files ?? []).map(({ library }) => library).filter(Boolean);
    const changed = text !== original;
    const key = JSON.stringify([name, changed, libraries]);
    if (key === shown) return;
    shown = key;
    if (open && !libraries.includes(open)) show(null);
    tabs = tabsView({
      element, panel: "editor", choose: (id) => show(id === "own" ? null : id),
      tabs: [
        { id: "own", label: changed ? `${name} · edited` : name },
        ...libraries.map((library) => ({ id: library, label: `${library} (read only)` })),
      ],
    });
    tabs.select(open ?? "own");
  }

  // A spec may use another network as a block.
  const isNetwork = (library) => store.get().list?.networks.some(({ name }) => name === library);

  async function show(library) {
    open = library;
    own.hidden = library !== null;
    reading.hidden = library === null;
    tabs?.select(library ?? "own");
    if (library === null) return;
    const { text } = await engine.call("open", isNetwork(library) ? { name: library } : { library });
    if (open !== library) return;
    reader ??= createReader({ parent: reading, text, dark: store.get().theme === "dark", label: "a block library, read only" });
    replaceText(reader, text);
    markChosen();
  }

  function markChosen() {
    const state = store.get();
    const place = layerOf(state, state.path)?.place;
    if (!open || !reader) return;
    const line = place?.library === open ? place.line : null;
    markLines(reader, [], line);
    if (line) revealLine(reader, line);
  }

  store.on(["name", "text", "original", "good"], build);
  store.on(["path", "good"], markChosen);
  store.on(["theme"], ({ theme }) => reader?.dispatch({ effects: themeChange(theme === "dark") }));
  build();
  return { showOwn: () => show(null) };
}

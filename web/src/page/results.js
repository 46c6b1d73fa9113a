// The tabs on the right: the table, the drawings, the cone, a comparison.

import { byId, html } from "../dom.js";
import { latest } from "../latest.js";
import { coneView } from "../views/cone.js";
import { drawingView } from "../views/drawing.js";
import { graphSvg } from "../views/graph.js";
import { tableView } from "../views/table.js";
import { tabsView } from "../views/tabs.js";
import { choosing, pointing } from "./choosing.js";
import { comparison } from "./comparison.js";
import { drawingBar, tableBar } from "./bars.js";

const DRAWINGS = ["volume", "graph", "kernels", "unroll", "field"];
const TABS = [
  { id: "table", label: "Table" }, { id: "volume", label: "Volume" }, { id: "graph", label: "Graph" },
  { id: "kernels", label: "Kernels" }, { id: "unroll", label: "Unroll" }, { id: "field", label: "Field" },
  { id: "cone", label: "Cone" }, { id: "compare", label: "Compare" },
];

/** Fill the right side of the page. Returns `{ focusTable, drawingText(kind, theme) }`. */
export function results(store, engine) {
  const links = { choose: choosing(store), point: pointing(store) };
  const table = tableView(links);
  const drawing = drawingView(links);
  const cone = coneView(links);
  const compare = comparison(store, engine);
  const bar = html("div", { class: "ac-bar" });
  const panel = byId("view");
  let revealedIn = null;
  const tabs = tabsView({ element: byId("tabs"), panel: "view", tabs: TABS, choose: (tab) => store.set({ tab }) });

  const askDrawing = latest(drawingText, (text) => drawing.show(text), (error) => drawing.say(error.message));
  const askCone = latest((network, path, at) => engine.call("cone", { network, path, at }), cone.show, (error) => cone.say(error.message));

  async function drawingText(network, kind, options) {
    const answer = await engine.call("drawing", { network, kind, options });
    return kind === "graph" ? graphSvg(answer) : answer.svg;
  }

  const isDrawing = (tab) => DRAWINGS.includes(tab);
  const markedView = () => {
    const { tab } = store.get();
    if (tab === "table") return table;
    return tab === "cone" ? cone : isDrawing(tab) ? drawing : null;
  };

  function mark() {
    const { path, pointed, caret } = store.get();
    markedView()?.mark({ path, pointed: pointed.length ? pointed : caret });
  }

  function draw() {
    const { good, tab, theme, drawings } = store.get();
    if (good && isDrawing(tab)) askDrawing(good.network, tab, { ...drawings[tab], theme });
  }

  function layCone() {
    const { good, path, at, tab } = store.get();
    if (good && path && tab === "cone") askCone(good.network, path, at);
  }

  function showTable() {
    const { good } = store.get();
    if (!good) return;
    const focused = table.show(good.answer.table);
    mark();
    if (focused) table.focus();
  }

  // A network that is opened starts at its top; a layer chosen in it comes into sight.
  function reveal({ good }) {
    if (good === revealedIn) table.reveal();
  }

  function openTab({ tab }) {
    tabs.select(tab);
    bar.replaceChildren(...(tab === "table" ? tableBar(store) : isDrawing(tab) ? drawingBar(store, tab) : []));
    const view = tab === "table" ? table : tab === "cone" ? cone : tab === "compare" ? compare : drawing;
    panel.replaceChildren(...(bar.childElementCount ? [bar] : []), view.element);
    if (tab === "compare") compare.opened();
    drawing.say("");
    draw();
    layCone();
    mark();
  }

  store.on(["tab"], openTab);
  store.on(["good"], ({ good }) => {
    showTable();
    draw();
    layCone();
    compare.refresh();
    if (good?.network.name !== revealedIn?.network.name) table.toTop();
    revealedIn = good;
  });
  store.on(["theme", "drawings"], draw);
  store.on(["path", "at"], layCone);
  store.on(["path", "pointed", "caret"], mark);
  store.on(["path"], reveal);
  store.on(["stale"], ({ stale }) => byId("results").classList.toggle("ac-stale", stale));
  openTab(store.get());

  return {
    preview: (kept) => table.show(kept),
    focusTable: () => (store.get().tab === "table" ? table.focus() : byId("tabs").querySelector('[aria-selected="true"]').focus()),
    drawingText,
    drawingKind: () => (isDrawing(store.get().tab) ? store.get().tab : "volume"),
    cone: () => cone.element.querySelector(".ac-cone-picture"),
  };
}

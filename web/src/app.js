// The page: its state, its parts, and what is shown first.

import { byId } from "./dom.js";
import { createEngine } from "./engine/index.js";
import { drawer } from "./page/drawer.js";
import { exporting } from "./page/exporting.js";
import { followSpec } from "./page/follow-spec.js";
import { header } from "./page/header.js";
import { inspect } from "./page/inspect.js";
import { keepVisits, lastVisit } from "./page/last-visit.js";
import { notice } from "./page/notice.js";
import { registerOffline } from "./page/offline.js";
import { bundledNetwork, firstNetwork, linkedNetwork } from "./page/opening.js";
import { panes } from "./page/panes.js";
import { remembered } from "./page/remembered.js";
import { results } from "./page/results.js";
import { sharing } from "./page/sharing.js";
import { specPane } from "./page/spec-pane.js";
import { splitters } from "./page/splitters.js";
import { pageStore } from "./page/state.js";
import { userFile } from "./page/user-file.js";
import { controlsView } from "./views/controls.js";
import { showTotals } from "./views/totals.js";

const systemTheme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

function showControls(store) {
  const controls = controlsView({ element: byId("controls"), changed: ({ inputs, set }) => store.set({ inputs, set }) });
  store.on(["good", "inputs", "set"], ({ good, inputs, set }) => good && controls.show(good.answer, { inputs, set }));
}

function showFooter(store) {
  store.on(["good"], ({ good }) => good?.answer.table && showTotals(byId("totals"), good.answer.table.totals));
  store.on(["stale"], ({ stale }) => byId("totals").classList.toggle("ac-stale", stale));
}

async function open(store, network) {
  try {
    const found = await network;
    if (found) store.set({ ...found, opened: store.get().opened + 1, good: null, stale: true });
  } catch (error) {
    notice(error.message);
  }
}

async function start() {
  const store = pageStore({ theme: remembered("theme", systemTheme()) });
  const engine = createEngine((sentence) => store.set({ engine: sentence }));
  followSpec(store, engine);
  panes(store);
  drawer(store);
  splitters();
  showControls(store);
  showFooter(store);
  const inspection = inspect(store, engine);
  const shown = results(store, engine);
  const file = userFile(store, engine);
  specPane(store, engine, { leave: shown.focusTable, save: file.save });
  header(store, {
    open: (name) => name && file.leave(() => open(store, bundledNetwork(engine, name))),
    panels: [sharing(store), exporting(store, engine, { results: shown, inspection })],
    save: file.button,
  });
  const last = lastVisit(engine);
  if (last) showLast(store, last, shown);
  keepVisits(store, engine);
  const failedToStart = (error) => {
    store.set({ engine: "archcalc could not be started" });
    notice(error.message);
  };
  engine.ready().then(async () => store.set({ engine: "", list: await engine.call("list") })).catch(failedToStart);
  await showFirst(store, engine, file, last).catch(failedToStart);
  registerOffline(engine);
}

function showLast(store, { network, table }, shown) {
  store.set({ ...network, stale: true });
  if (table) shown.preview(table);
}

async function showFirst(store, engine, file, last) {
  const list = await engine.call("list");
  const [first, sentence] = last ? [{}, ""] : await firstNetwork(engine, list, location.hash);
  store.set({ list, ...first });
  file.follow(list.shown);
  if (sentence) notice(sentence);
  addEventListener("hashchange", () => file.leave(() => open(store, linkedNetwork(engine, location.hash))));
}

start();

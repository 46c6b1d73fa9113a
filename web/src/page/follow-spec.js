// The analysis that follows every key.

import { latest } from "../latest.js";
import { firstLayer, layerOf, movedTo, networkOf } from "./state.js";

const PAUSE_MS = 30;
const NO_FAULTS = { problems: [], warnings: [], usage: null };
const ASKED_BY = ["opened", "text", "name", "inputs", "set", "own", "module", "convention", "depth", "style", "rf"];

/** Ask the engine about the network whenever it changes, and put what it answers into the store. */
export function followSpec(store, engine) {
  const analyze = latest((request) => engine.call("analyze", request), answered, failed);
  let timer = 0;

  store.on(ASKED_BY, () => {
    clearTimeout(timer);
    timer = setTimeout(run, PAUSE_MS);
  });

  function run() {
    const state = store.get();
    if (!state.text && !state.module) return;
    const { depth, style, rf } = state;
    analyze({ network: networkOf(state), depth, style, rf: [rf], columns: [] });
  }

  // The text may have moved on while the engine worked: then marks would sit on the wrong words, but a table is news.
  function answered(answer, { network }) {
    const current = isCurrent(network);
    const faulty = answer.problems?.length || answer.usage || answer.draft;
    if (faulty && !current) return;
    if (faulty) showFaults(answer, network);
    else showGood(answer, network, current);
  }

  function isCurrent(network) {
    const state = store.get();
    return network.text === state.text || Boolean(network.module);
  }

  function showFaults(answer, network) {
    const faults = { problems: answer.problems ?? [], warnings: answer.warnings ?? [], usage: answer.usage ?? null };
    const { good } = store.get();
    if (good || !answer.table) store.set({ faults, stale: true });
    else store.set({ faults, stale: true, ...chosenIn(answer), good: { network, answer } }); // a draft is better than nothing
  }

  function showGood(answer, network, current) {
    const faults = current ? { ...NO_FAULTS, warnings: answer.warnings ?? [] } : store.get().faults;
    store.set({ faults, stale: !current, ...chosenIn(answer), good: { network, answer } });
  }

  function chosenIn({ layers }) {
    const state = store.get();
    const before = layerOf(state, state.path);
    const layer = layers.find(({ path }) => path === state.path) ?? firstLayer(layers);
    if (!layer) return { path: null, at: {} };
    return { path: layer.path, at: movedTo(layer.shape, state.at, before?.shape) };
  }

  function failed(error, { network }) {
    if (isCurrent(network)) store.set({ faults: { ...NO_FAULTS, usage: error.message }, stale: true });
  }
}

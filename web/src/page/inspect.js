// What the chosen position reads and why: asked anew whenever the position, the layer or the network changes.

import { byId, html } from "../dom.js";
import { latest } from "../latest.js";
import { explanation } from "../views/explain.js";
import { readsView } from "../views/reads.js";
import { layerOf } from "./state.js";

const EXPLAIN_PAUSE_MS = 80;

/** Fill the lower part of the page and keep it up to date. */
export function inspect(store, engine) {
  const view = readsView({ move: (at) => store.set({ at }) });
  const note = html("p", { class: "ac-remark", role: "status" });
  const explain = byId("explain");
  let timer = 0;
  byId("reads").append(note, view.element);

  const askReads = latest((network, path, at) => engine.call("reads", { network, path, at }), showReads, failedReads);
  const askExplain = latest((network, path, at) => engine.call("explain", { network, path, at }), showExplain, failedExplain);

  function showReads(answer, network, path, at) {
    note.textContent = "";
    view.show(answer, at);
  }

  function failedReads(error) {
    note.textContent = error.message;
    view.clear();
  }

  function showExplain(answer) {
    explain.replaceChildren(...explanation(answer));
  }

  function failedExplain(error) {
    explain.replaceChildren(html("p", { class: "ac-remark" }, error.message));
  }

  store.on(["good", "path", "at"], (state) => {
    const layer = layerOf(state, state.path);
    clearTimeout(timer);
    if (!layer) {
      view.clear();
      explain.replaceChildren();
      return;
    }
    const { network } = state.good;
    view.setAt(layer.shape, state.at);
    askReads(network, state.path, state.at);
    timer = setTimeout(() => askExplain(network, state.path, state.at), EXPLAIN_PAUSE_MS);
  });

  store.on(["good", "stale"], ({ stale }) => byId("inspector").classList.toggle("ac-stale", stale));
  return { strips: () => [...byId("reads").querySelectorAll("svg.ac-strip, svg.ac-plane")] };
}

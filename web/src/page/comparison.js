// The Compare tab: the present spec next to a bundled network or to a version kept before.

import { latest } from "../latest.js";
import { compareView } from "../views/compare.js";

const START = "Choose a network to compare this spec with, or pin this version and change it: the table shows what differs.";

/** Return the view of the comparison, which asks the engine while it is open. */
export function comparison(store, engine) {
  const view = compareView({
    other: choose,
    pin: () => {
      const { good } = store.get();
      if (good) store.set({ pinned: good.network, other: "pinned" });
    },
    dark: () => store.get().theme === "dark",
  });
  const ask = latest(compared, ([answer, texts]) => view.show(answer, texts), (error) => view.say(error.message));

  function choose(value) {
    store.set({ other: value });
  }

  async function otherNetwork(other, pinned) {
    if (other === "pinned") return pinned;
    const { text } = await engine.call("open", { name: other.replace("network:", "") });
    return { text, name: `${other.replace("network:", "")}.yaml` };
  }

  async function compared(network, other, pinned) {
    const before = await otherNetwork(other, pinned);
    const pair = [{ ...before, convention: network.convention }, network];
    const answer = await engine.call("compare", { networks: pair });
    if (answer.problems?.length) throw new Error("One of the two networks has problems.");
    return [answer, pair.map(({ name, text }) => ({ name, text: text ?? "" }))];
  }

  function refresh() {
    const { tab, good, other, pinned } = store.get();
    if (tab !== "compare" || !good) return;
    if (other) ask(good.network, other, pinned);
    else view.say(START);
  }

  function offer() {
    const { list, pinned, other } = store.get();
    view.offer(list?.networks ?? [], pinned, other);
  }

  store.on(["other", "pinned", "list"], () => { offer(); refresh(); });
  store.on(["theme"], refresh);
  offer();
  return { element: view.element, opened: refresh, refresh };
}

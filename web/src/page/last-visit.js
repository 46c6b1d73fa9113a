// What the reader had on a static page at the last visit. It stands there again, in grey, while archcalc starts.

import { remember, remembered } from "./remembered.js";

const LONGEST = 400_000;
const KEPT = ["text", "original", "name", "bundled", "inputs", "set"];

/** Return `{ network, table }` of the last visit to a static page, or null. A link in the address goes first. */
export function lastVisit(engine) {
  return engine.kind === "local" && !location.hash ? remembered("visit", null) : null;
}

/** Keep what is shown for the next visit to a static page. */
export function keepVisits(store, engine) {
  if (engine.kind !== "local") return;
  store.on(["good", ...KEPT], (state) => {
    if (!state.good || !state.text) return;
    const visit = { network: Object.fromEntries(KEPT.map((key) => [key, state[key]])), table: state.good.answer.table };
    if (JSON.stringify(visit).length < LONGEST) remember("visit", visit);
  });
}

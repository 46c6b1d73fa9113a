// The table of the last visit, shown in grey while archcalc starts.

import { byId } from "../dom.js";
import { tableView } from "../views/table.js";
import { remember, remembered } from "./remembered.js";

const LONGEST = 300_000;

/** Show the last table until archcalc answers, and keep each new one. Returns `{ forget() }`, which takes it away. */
export function lastVisit(store, engine) {
  if (engine.kind !== "local") return { forget: () => {} };
  const kept = remembered("table", null);
  const view = tableView({ choose: () => {}, point: () => {} });
  if (kept && !location.hash) {
    view.show(kept);
    byId("view").append(view.element);
    byId("results").classList.add("ac-stale");
  }
  store.on(["good"], ({ good }) => {
    const table = good?.answer.table;
    if (table && JSON.stringify(table).length < LONGEST) remember("table", table);
  });
  return {
    forget() {
      view.element.remove();
      byId("results").classList.remove("ac-stale");
    },
  };
}

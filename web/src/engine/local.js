// The engine in this browser: archcalc in Pyodide in a worker.

import { checked } from "./checked.js";
import { workerCalls } from "./worker-calls.js";

const LONGEST_MS = 10_000;
const STOPPED =
  "The analysis was stopped after 10 seconds. Make the network smaller, or run archcalc on the command line.";

/** Return the engine that runs archcalc here; `progress` is called with a sentence while it starts. */
export function localEngine(progress) {
  const python = workerCalls({ url: "worker.js", longest: LONGEST_MS, stopped: STOPPED, progress });

  async function call(name, request = {}) {
    return checked(JSON.parse(await python.call({ name, request: JSON.stringify(request) })));
  }

  return { kind: "local", call, ready: () => python.isReady() };
}

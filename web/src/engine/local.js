// The engine in this browser: archcalc in Pyodide in a worker.

import { checked } from "./checked.js";
import { workerCalls } from "./worker-calls.js";

const LONGEST_MS = 10_000;
const STOPPED =
  "The analysis was stopped after 10 seconds. Make the network smaller, or run archcalc on the command line.";

/** Return the engine that runs archcalc here; `progress` is called with a sentence while it starts. */
export function localEngine(progress) {
  const python = workerCalls({ url: "worker.js", longest: LONGEST_MS, stopped: STOPPED, progress });
  const bundled = fetch("networks.json").then((response) => response.json()).catch(() => null);

  let isReady = false;
  python.isReady().then(() => { isReady = true; }, () => {});

  async function call(name, request = {}) {
    const known = isReady ? null : knownAnswer(await bundled, name, request);
    return known ?? checked(JSON.parse(await python.call({ name, request: JSON.stringify(request) })));
  }

  return { kind: "local", call, ready: () => python.isReady() };
}

// Names and texts of the bundled networks lie in a file, so they are there while Python still starts.
function knownAnswer(bundled, name, request) {
  if (name === "list") return bundled?.list;
  const known = name === "open" && request.name && Object.hasOwn(bundled?.texts ?? {}, request.name);
  return known ? { name: request.name, text: bundled.texts[request.name] } : null;
}

// The worker: Pyodide, archcalc unpacked into it, and the one function of archcalc that answers.

import { answerCalls } from "./worker-answers.js";

const beside = (path) => new URL(path, self.location.href).href;

async function archive() {
  const response = await fetch(beside("archcalc.zip"));
  if (!response.ok) throw new Error(`archcalc.zip: ${response.status}`);
  return response.arrayBuffer();
}

async function start() {
  postMessage({ progress: "Loading Python into this browser (6 MB, once)…" });
  const packed = archive();
  packed.catch(() => {});
  const { loadPyodide } = await import(beside("pyodide/pyodide.mjs"));
  const python = await loadPyodide({ indexURL: beside("pyodide/") });
  postMessage({ progress: "Starting archcalc…" });
  python.unpackArchive(await packed, "zip");
  const engine = python.pyimport("archcalc.page.engine");
  return ({ name, request }) => engine.answer_json(name, request);
}

answerCalls(start(), "archcalc");

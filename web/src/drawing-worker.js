// The worker that lays out graphs: viz.js, loaded when the first graph is asked for.

import { instance } from "@viz-js/viz";

import { answerCalls } from "./engine/worker-answers.js";

async function start() {
  const viz = await instance();
  return ({ dot }) => viz.renderString(dot, { format: "svg" });
}

answerCalls(start(), "The layout of graphs");

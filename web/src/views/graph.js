// The graph: laid out by viz.js in a worker of its own, loaded when the first graph is asked for.

import { workerCalls } from "../engine/worker-calls.js";

const LONGEST_MS = 20_000;
const STOPPED = "The layout of this graph takes too long for a page. Fold it to a smaller depth.";

let layout = null;

/** Return the SVG text of a graph: `dot`, and by the id of each node the paths of its layers. */
export async function graphSvg({ dot, ids }) {
  layout ??= workerCalls({ url: "viz.js", longest: LONGEST_MS, stopped: STOPPED });
  const drawing = new DOMParser().parseFromString(await layout.call({ dot }), "image/svg+xml");
  for (const node of drawing.querySelectorAll("g.node")) {
    const paths = ids[node.id] ?? ids[node.querySelector("title")?.textContent];
    if (paths) node.setAttribute("data-paths", paths.join("\n"));
  }
  for (const title of drawing.querySelectorAll("g.node > title, g.edge > title")) title.remove(); // ids, not words
  return new XMLSerializer().serializeToString(drawing);
}

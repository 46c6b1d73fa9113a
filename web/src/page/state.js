// The state of the page, and what calls of the engine are about.

import { createStore } from "../store.js";
import { middle, positionAxes, within } from "../views/axes.js";

/** Return the store of the page. */
export function pageStore({ theme }) {
  return createStore({
    list: null, // what the engine has: networks, libraries, conventions
    engine: "starting…", // a sentence while it starts, "" when it answers
    text: "", // of the editor
    original: "", // the text as it was opened
    name: "spec.yaml", // what problems call it
    bundled: null, // the name of the bundled network it was opened from
    own: false, // the user's own file, on the server
    opened: 0, // how many networks were opened
    module: null, // a PyTorch module of the command line, in place of a text
    inputs: {},
    set: {},
    good: null, // { network, answer } of the last text without problems
    faults: { problems: [], warnings: [], usage: null },
    stale: false, // the table is older than the text
    path: null,
    at: {}, // positions by axis; all positions of an axis that is left out
    pointed: [], // paths under the mouse
    caret: [], // paths of the caret's line
    tab: "table",
    pane: "spec",
    depth: null,
    style: "default",
    rf: "full",
    convention: "macs",
    drawings: {}, // options by kind
    theme,
    presenting: false,
    drawer: innerHeight > 700, // open
    pinned: null,
    other: "",
  });
}

/** Return the network that calls are about. */
export function networkOf({ text, name, inputs, set, own, module, convention }) {
  if (module) return { module, convention };
  return { text, name, inputs, set, own, convention };
}

/** Return the layer with a path, or null. */
export const layerOf = ({ good }, path) => good?.answer.layers.find((layer) => layer.path === path) ?? null;

/** Return the layer that is shown first: the last convolution with positions left, as its field is the most telling. */
export function firstLayer(layers) {
  const spread = layers.filter(({ shape }) => positionAxes(shape).some((axis) => shape[axis] > 1));
  return spread.findLast(({ op }) => op.startsWith("conv")) ?? spread.at(-1) ?? layers.at(-1) ?? null;
}

/** Return positions in a layer at the same place as positions in another (null: `at` itself); axes the other lacks start in the middle. */
export function movedTo(shape, at, from) {
  const start = middle(shape);
  if (!from) return Object.keys(at).length ? within(at, shape) : start;
  const moved = positionAxes(shape).filter((axis) => !(axis in from) || axis in at).map((axis) => {
    if (!(axis in from)) return [axis, start[axis]];
    if (shape[axis] === from[axis]) return [axis, at[axis]];
    return [axis, Math.min(shape[axis] - 1, Math.floor(((at[axis] + 0.5) / from[axis]) * shape[axis]))];
  });
  return Object.fromEntries(moved);
}

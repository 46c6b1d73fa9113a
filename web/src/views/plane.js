// Height and width of an input as a plane, and the part of it that is read.

import { svg } from "../dom.js";
import { scaleOf, shownExtent, stretches } from "./extent.js";

const EDGE = 2;
const SMALLEST_GAP = 2;

/** Return the plane of an input: `high` and `wide` are what the engine says of H and W; `side` is its longer side in points. */
export function planeView({ high, wide, side }) {
  const [tall, broad] = [shownExtent(high), shownExtent(wide)];
  const longest = Math.max(tall.to - tall.from, broad.to - broad.from);
  const lengthOf = ({ from, to }) => (side - 2 * EDGE) * (to - from) / longest;
  const [yScale, xScale] = [scaleOf(tall, lengthOf(tall)), scaleOf(broad, lengthOf(broad))];
  const [width, height] = [lengthOf(broad) + 2 * EDGE, lengthOf(tall) + 2 * EDGE];
  const box = (name, [left, right], [top, bottom]) => svg("rect", {
    class: name, x: EDGE + xScale(left), y: EDGE + yScale(top),
    width: Math.max(1, xScale(right) - xScale(left)), height: Math.max(1, yScale(bottom) - yScale(top)),
  });
  const clip = (full, { from, to }) => [Math.max(full[0], from), Math.min(full[1] + 1, to)];
  return svg("svg", {
    class: "ac-plane ac-space", viewBox: `0 0 ${width} ${height}`, width, height,
    role: "img", "aria-label": `H: ${high.text}; W: ${wide.text}`,
  },
  box("ac-cell", [0, wide.size], [0, high.size]),
  readBoxes(high, wide, yScale.unit, xScale.unit, box),
  high.full && wide.full && box("ac-beyond", clip(wide.full, broad), clip(high.full, tall)));
}

function readBoxes(high, wide, highUnit, wideUnit, box) {
  const across = stretches(wide.runs, wideUnit, SMALLEST_GAP);
  return stretches(high.runs, highUnit, SMALLEST_GAP).flatMap((rows) =>
    across.map((columns) => box("ac-read", columns, rows)));
}

/**
 * Return the positions of a layer in space as a small plane in which one is chosen: `shape` `{ H, W }`, `at` the chosen
 * ones (an axis left out means all), `choose(at)` follows clicks and drags.
 */
export function pickerView({ shape, at, side, choose }) {
  const unit = (side - 2 * EDGE) / Math.max(shape.H, shape.W);
  const [width, height] = [shape.W * unit + 2 * EDGE, shape.H * unit + 2 * EDGE];
  const [row, rows] = "H" in at ? [at.H, 1] : [0, shape.H];
  const [column, columns] = "W" in at ? [at.W, 1] : [0, shape.W];
  const here = Math.max(unit, 3);
  const pick = (event) => {
    const edges = event.currentTarget.getBoundingClientRect();
    const inside = (share, size) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));
    choose({
      H: inside((event.clientY - edges.top - EDGE) / (edges.height - 2 * EDGE), shape.H),
      W: inside((event.clientX - edges.left - EDGE) / (edges.width - 2 * EDGE), shape.W),
    });
  };
  return svg("svg", {
    class: "ac-picker ac-space", viewBox: `0 0 ${width} ${height}`, width, height,
    role: "img", "aria-label": "the position of the layer, chosen by the sliders or by clicking here",
    onpointerdown: pick, onpointermove: (event) => event.buttons && pick(event),
  },
  svg("rect", { class: "ac-output", x: EDGE, y: EDGE, width: shape.W * unit, height: shape.H * unit }),
  unit >= 5 && gridLines(shape, unit),
  svg("rect", {
    class: "ac-output ac-here", x: EDGE + column * unit, y: EDGE + row * unit,
    width: columns === 1 ? here : columns * unit, height: rows === 1 ? here : rows * unit,
  }));
}

function gridLines({ H, W }, unit) {
  const line = (x1, y1, x2, y2) => svg("line", { class: "ac-grid", x1, y1, x2, y2 });
  const down = Array.from({ length: W - 1 }, (_, n) => EDGE + (n + 1) * unit).map((x) => line(x, EDGE, x, EDGE + H * unit));
  const across = Array.from({ length: H - 1 }, (_, n) => EDGE + (n + 1) * unit).map((y) => line(EDGE, y, EDGE + W * unit, y));
  return [...down, ...across];
}

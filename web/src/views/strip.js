// One axis of an input as a strip of positions, the output's positions above it, and what the chosen one reads.

import { svg } from "../dom.js";
import { hueOf, unitOf } from "./axes.js";
import { scaleOf, shownExtent, stretches } from "./extent.js";

const OUTPUT_HEIGHT = 16;
const FAN_HEIGHT = 30;
const INPUT_TOP = OUTPUT_HEIGHT + FAN_HEIGHT;
const INPUT_HEIGHT = 26;
const HEIGHT = INPUT_TOP + INPUT_HEIGHT + 18;
const EDGE = 1;
const SMALLEST_CELL = 4;
const LABEL_ROOM = 26;

/**
 * Return the strip of an axis. `axis` is its name, `reads` what the engine says of it, `output` `{ size, at }` with `at`
 * null for all positions together; `choose(position)` follows clicks on the output's positions.
 */
export function stripView({ axis, reads, output, width, choose }) {
  const extent = shownExtent(reads);
  const scale = scaleOf(extent, width - 2 * EDGE);
  const x = (position) => EDGE + scale(position);
  const place = { x, unit: scale.unit, extent };
  return svg("svg", {
    class: `ac-strip ${hueOf(axis)}`, viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT,
    role: "img", "aria-label": `${axis}: ${reads.text}`,
  },
  fan(reads, output, place),
  outputCells(axis, reads, output, place, choose),
  beyond(reads, place),
  inputCells(reads, place),
  readCells(reads, place),
  labels(axis, reads, place));
}

function outputSpan(position, { size }, reads, { x }) {
  const step = reads.size / size;
  return [x(position * step), x((position + 1) * step)];
}

function fan(reads, output, place) {
  if (!reads.ends) return null;
  const [left, right] = output.at === null ? [place.x(0), place.x(reads.size)] : outputSpan(output.at, output, reads, place);
  const [low, high] = [place.x(reads.ends[0]), place.x(reads.ends[1] + 1)];
  const points = [[left, OUTPUT_HEIGHT], [right, OUTPUT_HEIGHT], [high, INPUT_TOP], [low, INPUT_TOP]];
  return svg("polygon", { class: "ac-fan", points: points.map((point) => point.join(",")).join(" ") });
}

function outputCells(axis, reads, output, place, choose) {
  const [left, right] = [place.x(0), place.x(reads.size)];
  const many = (right - left) / output.size < SMALLEST_CELL;
  const at = (event) => {
    const box = event.currentTarget.ownerSVGElement.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width * event.currentTarget.ownerSVGElement.viewBox.baseVal.width - left) / (right - left);
    choose(axis, Math.max(0, Math.min(output.size - 1, Math.floor(share * output.size))));
  };
  const shown = many ? (output.at === null ? [] : [output.at]) : Array.from({ length: output.size }, (_, n) => n);
  return svg("g", {
    class: "ac-outputs",
    onpointerdown: at,
    onpointermove: (event) => event.buttons && at(event),
  },
  svg("rect", { class: many ? "ac-output" : "ac-blank", x: left, y: 0, width: right - left, height: OUTPUT_HEIGHT }),
  shown.map((position) => {
    const [from, to] = outputSpan(position, output, reads, place);
    const chosen = output.at === null || position === output.at;
    return svg("rect", {
      class: chosen ? "ac-output ac-here" : "ac-output",
      x: from + 0.5, y: 0.5, width: Math.max(1.5, to - from - 1), height: OUTPUT_HEIGHT - 1, rx: 1.5,
    });
  }));
}

const cell = (name, from, to, top, height) =>
  svg("rect", { class: name, x: from + 0.5, y: top + 0.5, width: Math.max(1, to - from - 1), height: height - 1, rx: 1.5 });

function beyond({ size, full }, { x, extent }) {
  if (!full) return null;
  const parts = [[Math.max(full[0], extent.from), Math.min(0, full[1] + 1)], [Math.max(size, full[0]), Math.min(full[1] + 1, extent.to)]];
  return parts.filter(([from, to]) => to > from).map(([from, to]) =>
    cell("ac-beyond", x(from), x(to), INPUT_TOP + 4, INPUT_HEIGHT - 8));
}

function inputCells({ size }, { x, unit }) {
  if (unit < SMALLEST_CELL) return cell("ac-cell", x(0), x(size), INPUT_TOP, INPUT_HEIGHT);
  return Array.from({ length: size }, (_, n) => cell("ac-cell", x(n), x(n + 1), INPUT_TOP, INPUT_HEIGHT));
}

function readCells({ runs, ends }, { x, unit }) {
  const single = unit >= SMALLEST_CELL;
  const parts = single
    ? runs.flatMap(([first, last, step]) => stretches([[first, last, step === 1 ? 1 : step]], unit, 0)
      .flatMap(([from, to]) => Array.from({ length: to - from }, (_, n) => [from + n, from + n + 1])))
    : stretches(runs, unit, 2);
  return parts.map(([from, to]) => {
    const end = from === ends[0] || to === ends[1] + 1;
    return cell(end && single ? "ac-read ac-end" : "ac-read", x(from), x(to), INPUT_TOP, INPUT_HEIGHT);
  });
}

function labels(axis, { size, ends, full }, { x, unit, extent }) {
  const baseline = HEIGHT - 5;
  const middleOf = (position) => x(position) + unit / 2;
  const placed = [];
  const label = (position, name, text = String(position)) => {
    const at = Math.max(8, middleOf(position));
    if (placed.some((other) => Math.abs(other - at) < LABEL_ROOM)) return null;
    placed.push(at);
    return svg("text", { x: at, y: baseline, class: name, "text-anchor": "middle" }, text);
  };
  const wanted = [];
  if (ends) wanted.push([ends[0], "ac-label ac-strong"], [ends[1], "ac-label ac-strong"]);
  wanted.push([0, "ac-label"], [size - 1, "ac-label"]);
  if (full && full[0] < 0) wanted.push([Math.max(full[0], extent.from), "ac-label ac-outside", extent.cutBefore ? `← ${full[0]}` : undefined]);
  if (full && full[1] >= size) wanted.push([Math.min(full[1], extent.to - 1), "ac-label ac-outside", extent.cutAfter ? `${full[1]} →` : undefined]);
  return wanted.map((each) => label(...each));
}

/** Return the heading of a strip: the axis, and how much of it is read. */
export const stripHeading = (axis, { count, size }) => `${axis} ${count} of ${size} ${unitOf(axis)}`;

// The cone: what one position reads of every tensor on the way, one axis at a time.

import { html, svg } from "../dom.js";
import { hueOf, positionAxes, unitOf } from "./axes.js";
import { scaleOf, stretches } from "./extent.js";

const ROW = 20;
const BAR = 13;
const LONGEST_NAME = 34;
const COUNTS = 96; // points for what stands behind a bar
const LEAST_BAR = 120;

/** Return the view of a cone; `choose(path)` follows clicks, `point(paths)` the mouse. */
export function coneView({ choose, point }) {
  const axes = html("div", { class: "ac-segments", role: "group", "aria-label": "axis" });
  const sheet = html("div", { class: "ac-sheet", tabindex: 0, role: "region", "aria-label": "cone through the layers" });
  const element = html("div", { class: "ac-cone" }, axes, sheet);
  let axis = "T";
  let last = null;

  function show(answer) {
    last = answer;
    const known = positionAxes(Object.assign({}, ...answer.tensors.map((tensor) => tensor.axes)));
    if (!known.includes(axis)) [axis] = known;
    axes.replaceChildren(...known.map((name) => html("button", {
      type: "button", class: hueOf(name), "aria-pressed": String(name === axis),
      onclick: () => { axis = name; show(last); },
    }, name)));
    draw();
  }

  function draw() {
    if (!axis) return sheet.replaceChildren(html("p", { class: "ac-remark" }, "No tensor on the way has an axis of time or space."));
    sheet.replaceChildren(coneSvg(last.tensors, axis, sheet.clientWidth - 20, { choose, point }));
  }

  function mark({ path, pointed }) {
    for (const row of sheet.querySelectorAll("[data-paths]")) {
      row.classList.toggle("ac-pointed", pointed.includes(row.dataset.paths));
      row.classList.toggle("ac-chosen", row.dataset.paths === path);
    }
  }

  function say(sentence) {
    last = null;
    axes.replaceChildren();
    sheet.replaceChildren(html("p", { class: "ac-remark" }, sentence));
  }

  new ResizeObserver(() => last && draw()).observe(sheet);
  return { element, show, say, mark };
}

function coneSvg(tensors, axis, room, { choose, point }) {
  const shown = tensors.filter((tensor) => axis in tensor.axes);
  const names = Math.min(LONGEST_NAME * 7, Math.max(...shown.map(({ path }) => path.length * 7)) + 12);
  const width = Math.max(room, names + LEAST_BAR + COUNTS);
  const bars = { left: names, width: width - names - COUNTS };
  const rows = shown.map((tensor, at) => coneRow(tensor, axis, at, bars, { choose, point, width }));
  return svg("svg", {
    class: `ac-cone-picture ${hueOf(axis)}`, viewBox: `0 0 ${width} ${shown.length * ROW + 4}`,
    width, height: shown.length * ROW + 4, role: "img",
    "aria-label": `What the chosen position reads along ${axis} of each tensor on the way`,
  }, rows);
}

function coneRow({ path, axes }, axis, at, { left, width: barWidth }, { choose, point, width }) {
  const { size, count, runs } = axes[axis];
  const scale = scaleOf({ from: 0, to: size }, barWidth);
  const top = at * ROW + 3;
  const bar = ([from, to]) => svg("rect", {
    class: "ac-read", x: left + scale(from), y: top, width: Math.max(1.5, scale(to) - scale(from) - (scale.unit > 6 ? 1 : 0)), height: BAR,
  });
  const words = count ? `${runs[0][0]}–${runs.at(-1)[1]} of ${size}` : `none of ${size}`;
  return svg("g", { class: "ac-cone-row", data: { paths: path }, onclick: () => choose(path), onmouseover: () => point([path]) },
    svg("rect", { class: "ac-row-back", x: 0, y: top - 3, width, height: ROW }),
    svg("text", { x: left - 10, y: top + 11, "text-anchor": "end" }, shortened(path)),
    svg("rect", { class: "ac-cell", x: left, y: top, width: barWidth, height: BAR }),
    cells(runs, scale).map(bar),
    svg("text", { x: left + barWidth + 8, y: top + 11 }, words),
    svg("title", {}, `${path}: ${count} of ${size} ${unitOf(axis)}`));
}

const cells = (runs, scale) =>
  scale.unit > 6
    ? stretches(runs, scale.unit, 0).flatMap(([from, to]) => Array.from({ length: to - from }, (_, n) => [from + n, from + n + 1]))
    : stretches(runs, scale.unit, 2);

const shortened = (path) => (path.length <= LONGEST_NAME ? path : `…${path.slice(1 - LONGEST_NAME)}`);

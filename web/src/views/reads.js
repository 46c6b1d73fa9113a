// What one position of a layer really reads of every input: strips, planes and the same in words.

import { html } from "../dom.js";
import { hueOf, positionAxes } from "./axes.js";
import { pickerView, planeView } from "./plane.js";
import { slidersView } from "./sliders.js";
import { stripHeading, stripView } from "./strip.js";

/** Return the viewer; `move(at)` follows the user to another position. */
export function readsView({ move }) {
  const sliders = slidersView({ changed: move });
  const pictures = html("div", { class: "ac-pictures" });
  const element = html("div", {}, sliders.element, pictures);
  let last = null;

  const width = () => Math.max(220, Math.floor(pictures.clientWidth) - 2);
  new ResizeObserver(() => last && draw()).observe(pictures);

  function draw() {
    const { answer, at } = last;
    const side = Number.parseFloat(getComputedStyle(pictures).getPropertyValue("--plane-side")) || 150;
    pictures.replaceChildren(...(answer.inputs.length
      ? answer.inputs.map((input) => inputView(input, answer.shape, at, { width: width(), side, move }))
      : [html("p", { class: "ac-remark" }, "This layer reads no input of the network.")]));
  }

  function show(answer, at) {
    last = { answer, at };
    sliders.show(answer.shape, at);
    draw();
  }

  return { element, show, setAt: (shape, at) => sliders.show(shape, at), clear: () => { last = null; pictures.replaceChildren(); } };
}

function inputView(input, shape, at, { width, side, move }) {
  const axes = positionAxes(input.axes);
  const flat = "H" in input.axes && "W" in input.axes;
  const strips = axes.filter((axis) => !flat || axis === "T" || axis === "D");
  return html("figure", { class: "ac-input", data: { input: input.name } },
    html("figcaption", {}, html("b", {}, input.name), ` ${sizeText(input.shape)}`, statusText(input)),
    strips.map((axis) => axisStrip(axis, input.axes[axis], shape, at, width, move)),
    html("div", { class: "ac-planes" },
      flat && planes(input.axes, shape, at, side, move),
      wordsView(input, axes)));
}

const sizeText = (shape) => `${Object.keys(shape).join("×")} ${Object.values(shape).join("×")}`;

function statusText({ status, tokens }) {
  const words = [];
  if (status === "outer") words.push("at most what is read");
  if (status === "unknown") words.push("not known exactly");
  if (tokens) words.push("tokens read it too");
  return words.length ? ` · ${words.join(" · ")}` : "";
}

function axisStrip(axis, reads, shape, at, width, move) {
  const output = axis in shape ? { size: shape[axis], at: at[axis] ?? null } : { size: 1, at: 0 }; // the axis is gone
  const choose = (name, position) => name in shape && move({ ...at, [name]: position });
  return html("div", { class: "ac-axis" },
    html("p", { class: `ac-axis-heading ${hueOf(axis)}` }, stripHeading(axis, reads)),
    stripView({ axis, reads, output, width, choose }));
}

function planes(axes, shape, at, side, move) {
  const own = "H" in shape && "W" in shape;
  return html("div", { class: "ac-plane-pair" },
    own && html("div", {}, html("p", { class: "ac-axis-heading" }, `layer ${shape.H}×${shape.W}`),
      pickerView({ shape, at, side: side * 0.6, choose: (chosen) => move({ ...at, ...chosen }) })),
    own && html("span", { class: "ac-arrow", "aria-hidden": "true" }, "→"),
    html("div", {}, html("p", { class: "ac-axis-heading ac-space" }, `${axes.H.count}×${axes.W.count} of ${axes.H.size}×${axes.W.size} pixels`),
      planeView({ high: axes.H, wide: axes.W, side })));
}

function wordsView(input, axes) {
  return html("ul", { class: "ac-words" }, axes.map((axis) => {
    const reads = input.axes[axis];
    return html("li", { class: hueOf(axis), data: { axis } }, reads.text,
      reads.global && html("small", {}, " An operation on the way reads the whole axis."),
      seconds(axis, reads, input.fps));
  }));
}

function seconds(axis, { ends }, fps) {
  if (axis !== "T" || !fps || !ends) return null;
  const text = (frames) => (frames / fps).toLocaleString("en", { maximumFractionDigits: 3 });
  return html("small", {}, ` That is ${text(ends[1] - ends[0] + 1)} s, from ${text(ends[0])} s on.`);
}

// One slider an axis, for the position whose field is shown.

import { html } from "../dom.js";
import { hueOf, positionAxes } from "./axes.js";

/** Return the sliders: `show(shape, at)` sets them, `changed(at)` follows the user. An axis left out of `at` means all its positions. */
export function slidersView({ changed }) {
  const element = html("div", { class: "ac-sliders" });
  let [shown, sliders, position] = ["", new Map(), {}];

  function show(shape, at) {
    position = at;
    const key = positionAxes(shape).map((axis) => axis + shape[axis]).join();
    if (key !== shown) build(shape);
    shown = key;
    for (const [axis, slider] of sliders) slider.set(at[axis] ?? null);
  }

  function build(shape) {
    const axes = positionAxes(shape);
    sliders = new Map(axes.map((axis) => [axis, slider(axis, shape[axis], move)]));
    element.replaceChildren(...[...sliders.values()].map((each) => each.element));
    if (!axes.length) element.append(html("p", { class: "ac-remark" }, "This layer has one position: it has no axis of time or space left."));
  }

  function move(axis, at) {
    const moved = [...sliders.keys()].filter((name) => (name === axis ? at !== null : name in position));
    changed(Object.fromEntries(moved.map((name) => [name, name === axis ? at : position[name]])));
  }

  return { element, show };
}

function slider(axis, size, move) {
  const id = `position-${axis}`;
  const value = html("output", { for: id });
  const range = html("input", {
    id, type: "range", min: 0, max: size - 1, step: 1, disabled: size === 1, data: { axis },
    oninput: () => move(axis, Number(range.value)),
  });
  const all = html("input", { type: "checkbox", onchange: () => move(axis, all.checked ? null : Number(range.value)) });
  const element = html("div", { class: `ac-slider ${hueOf(axis)}` },
    html("label", { for: id }, axis), range, value,
    html("label", { class: "ac-all", title: `all positions of ${axis} together` }, all,
      html("span", { class: "ac-hidden" }, axis), "all"));

  function set(at) {
    all.checked = at === null;
    if (at !== null) range.value = at;
    value.textContent = at === null ? `all ${size}` : `${at} / ${size - 1}`;
    element.classList.toggle("ac-off", at === null);
  }

  return { element, set };
}

// The borders between the parts of the page, which can be dragged or moved by arrow keys.

import { byId, html } from "../dom.js";
import { remember, remembered } from "./remembered.js";

const STEP = 24;
const BORDERS = [
  { part: "spec", variable: "--spec-width", label: "width of the spec", orientation: "vertical", least: 260, most: () => innerWidth - 380,
    size: (box) => box.width, moved: (event, box) => event.clientX - box.left, keys: { ArrowLeft: -STEP, ArrowRight: STEP } },
  { part: "inspector", variable: "--inspector-height", label: "height of what a position reads", orientation: "horizontal", least: 120, most: () => innerHeight - 240,
    size: (box) => box.height, moved: (event, box) => box.bottom - event.clientY, keys: { ArrowUp: STEP, ArrowDown: -STEP } },
];

/** Put the two borders into the page; they stand at the next visit where they were left. */
export function splitters() {
  for (const border of BORDERS) byId(border.part).append(handle(border));
}

function handle({ part, variable, label, orientation, least, most, size, moved, keys }) {
  const section = byId(part);
  const element = html("div", {
    class: `ac-splitter ac-${orientation}`, role: "separator", tabindex: 0, "aria-orientation": orientation, "aria-label": label,
    "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 50,
    onpointerdown: (event) => element.setPointerCapture(event.pointerId),
    onpointermove: (event) => event.buttons && set(moved(event, section.getBoundingClientRect())),
    onkeydown: (event) => event.key in keys && set(size(section.getBoundingClientRect()) + keys[event.key]),
    ondblclick: () => { remember(variable, null); document.body.style.removeProperty(variable); },
  });

  function set(points) {
    const kept = Math.round(Math.max(least, Math.min(most(), points)));
    document.body.style.setProperty(variable, `${kept}px`);
    element.setAttribute("aria-valuenow", Math.round((100 * kept) / (least + most())));
    remember(variable, kept);
  }

  const last = remembered(variable, null);
  if (typeof last === "number") set(last);
  return element;
}

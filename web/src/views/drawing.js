// Drawings of the engine, whose groups know their layers.

import { html } from "../dom.js";
import { parsedSvg } from "./parsed-svg.js";

const STEPS = [0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4];

/** Return the view of one drawing; `choose(path)` and `point(paths)` follow the mouse. */
export function drawingView({ choose, point }) {
  const sheet = html("div", { class: "ac-sheet", tabindex: 0, role: "region", "aria-label": "drawing" });
  const zoom = html("div", { class: "ac-zoom" },
    button("−", "smaller", () => resize(-1)), button("fit", "fit to the width", () => { scale = null; apply(); }),
    button("+", "larger", () => resize(1)));
  const element = html("div", { class: "ac-drawing" }, sheet, zoom);
  let scale = null;
  let drawing = null;

  sheet.addEventListener("click", ({ target }) => {
    const [path] = pathsOf(target);
    if (path) choose(path);
  });
  sheet.addEventListener("mouseover", ({ target }) => point(pathsOf(target)));
  sheet.addEventListener("mouseleave", () => point([]));

  function resize(direction) {
    if (!drawing) return;
    const now = scale ?? fitting(drawing.naturalWidth, drawing.naturalHeight);
    const next = direction > 0 ? STEPS.find((step) => step > now * 1.05) : STEPS.findLast((step) => step < now * 0.95);
    scale = next ?? now;
    apply();
  }

  function apply() {
    if (!drawing || !sheet.clientWidth) return;
    const { element: picture, naturalWidth, naturalHeight } = drawing;
    const used = scale ?? fitting(naturalWidth, naturalHeight);
    picture.setAttribute("width", naturalWidth * used);
    picture.setAttribute("height", naturalHeight * used);
  }

  // As wide as the sheet; a little smaller where all of the height can be seen then.
  function fitting(width, height) {
    const across = (sheet.clientWidth - 24) / width;
    const down = (sheet.clientHeight - 20) / height;
    return Math.min(1, across, Math.max(down, 0.55 * across));
  }

  function show(text) {
    const picture = parsedSvg(text);
    const { width, height } = picture.viewBox.baseVal;
    drawing = {
      element: picture,
      naturalWidth: width || picture.width.baseVal.value,
      naturalHeight: height || picture.height.baseVal.value,
    };
    if (!width) picture.setAttribute("viewBox", `0 0 ${drawing.naturalWidth} ${drawing.naturalHeight}`);
    sheet.replaceChildren(picture);
    apply();
  }

  function say(sentence) {
    drawing = null;
    sheet.replaceChildren(html("p", { class: "ac-remark" }, sentence));
  }

  function mark({ path, pointed }) {
    for (const group of sheet.querySelectorAll("[data-paths]")) {
      const paths = group.dataset.paths.split("\n");
      group.classList.toggle("ac-pointed", paths.some((each) => pointed.includes(each)));
      group.classList.toggle("ac-chosen", paths.includes(path));
    }
  }

  new ResizeObserver(apply).observe(sheet);
  return { element, show, say, mark };
}

const pathsOf = (target) => target.closest("[data-paths]")?.dataset.paths.split("\n") ?? [];

const button = (text, label, onclick) =>
  html("button", { type: "button", "aria-label": label, title: label, onclick }, text);

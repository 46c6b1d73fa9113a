"use strict";
// What a chosen position of a layer reads, and why its numbers are what they are. Everything else is in the page as it is.

const networks = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// The ends of all positions are stored as differences in runs: [difference, how many].
function endAt(runs, position) {
  let value = 0, left = position + 1;
  for (const [difference, count] of runs) {
    const taken = Math.min(count, left);
    value += difference * taken;
    left -= taken;
    if (!left) break;
  }
  return value;
}

const known = new Map();

function field(network, number) {
  const key = `${network} ${number}`;
  if (!known.has(key)) {
    const [first, last, fullFirst, fullLast, gaps] = networks[network].fields[number];
    const positions = first.reduce((sum, [, count]) => sum + count, 0);
    known.set(key, { ends: [first, last, fullFirst, fullLast], positions, gaps: new Map(gaps) });
  }
  return known.get(key);
}

// What position `at` reads: runs of [first, last], and both ends on an input without borders.
function reads({ ends, positions, gaps }, at) {
  const position = Math.min(at, positions - 1);
  const [first, last, fullFirst, fullLast] = ends.map((runs) => endAt(runs, position));
  const runs = last < first ? [] : gaps.get(position) ?? [[first, last]];
  return { runs, full: fullLast < fullFirst ? null : [fullFirst, fullLast] };
}

function words(axis, size, { runs, full }) {
  const what = (count) => (axis === "T" ? "frame" : "position") + (count === 1 ? "" : "s");
  if (!runs.length) return `${axis}: padding only`;
  const first = runs[0][0], last = runs.at(-1)[1];
  const count = runs.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const gaps = count === last - first + 1 ? "" : `, ${count} of them`;
  const around = full && (full[0] !== first || full[1] !== last) ? `; without borders ${full[0]} to ${full[1]}` : "";
  const which = count === 1 ? first : `${first} to ${last}`;
  return `${axis}: ${what(count)} ${which} of 0 to ${size - 1}${gaps}${around}`;
}

const MOST_FRAMES = 420;

// Frames from left to right: read ones filled, both ends in another color, those beyond the clip dashed.
function strip(size, { runs, full }) {
  const low = Math.min(0, full ? full[0] : 0), high = Math.max(size - 1, full ? full[1] : 0);
  const frames = high - low + 1;
  const step = frames > MOST_FRAMES ? 840 / frames : Math.max(2, Math.min(18, 420 / frames));
  const width = frames * step + 2;
  const drawn = shape("svg", { width, height: 32, viewBox: `0 0 ${width} 32`, role: "img", "aria-label": "frames that are read" });
  const box = (from, to, kind) => {
    const beyond = kind === "outside", gap = frames > MOST_FRAMES ? 0 : 1.5;
    const wide = Math.max(1, (to - from + 1) * step - gap);
    drawn.append(shape("rect", { x: (from - low) * step + 1, y: beyond ? 10 : 4, width: wide, height: beyond ? 12 : 24, class: kind }));
  };
  const single = (from, to, kind) => { for (let frame = from; frame <= to; frame += 1) box(frame, frame, kind); };
  const boxes = frames > MOST_FRAMES ? (from, to, kind) => { if (from <= to) box(from, to, kind); } : single;
  if (full) boxes(full[0], Math.min(-1, full[1]), "outside");
  let next = 0;
  const ends = runs.length ? [runs[0][0], runs.at(-1)[1]] : [];
  for (const [from, to] of runs) {
    boxes(next, from - 1, "unread");
    const [first, last] = [from === ends[0], to === ends[1]];
    if (first) box(from, from, "end");
    boxes(from + first, to - last, "read");
    if (last && !(first && from === to)) box(to, to, "end");
    next = to + 1;
  }
  boxes(next, size - 1, "unread");
  if (full) boxes(Math.max(size, full[0]), full[1], "outside");
  return drawn;
}

function plane(height, width, rows, columns) {
  const scale = 150 / Math.max(height, width), margin = 24;
  const [wide, high] = [width * scale + 2 * margin, height * scale + 2 * margin];
  const drawn = shape("svg", { width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": "pixels that are read" });
  const box = (top, bottom, left, right, kind) => shape("rect", { x: margin + left * scale, y: margin + top * scale, width: (right - left + 1) * scale, height: (bottom - top + 1) * scale, class: kind });
  drawn.append(box(0, height - 1, 0, width - 1, "unread"));
  for (const [top, bottom] of rows.runs) for (const [left, right] of columns.runs) drawn.append(box(top, bottom, left, right, "pixel"));
  const limit = (end, size) => Math.max(-0.15 * size, Math.min(1.15 * size, end));
  if (rows.full && columns.full) drawn.append(box(limit(rows.full[0], height), limit(rows.full[1], height), limit(columns.full[0], width), limit(columns.full[1], width), "around"));
  return drawn;
}

function positionView(number, layer) {
  const network = networks[number], [path, axes, fields, sections] = layer;
  const at = Object.fromEntries(Object.entries(axes).map(([axis, size]) => [axis, size >> 1]));
  const picture = element("div", { ariaLive: "polite" });
  const paint = () => {
    const parts = [];
    for (const [name, byAxis] of Object.entries(fields)) {
      const sizes = network.inputs.find(([input]) => input === name)[1];
      const read = Object.fromEntries(Object.entries(byAxis).map(([axis, each]) => [axis, reads(field(number, each), at[axis] ?? 0)]));
      parts.push(element("h4", { textContent: `reads of ${name}` }));
      parts.push(...Object.entries(read).map(([axis, found]) => element("p", { textContent: words(axis, sizes[axis], found) })));
      if (read.T) parts.push(strip(sizes.T, read.T));
      if (read.H && read.W) parts.push(plane(sizes.H, sizes.W, read.H, read.W));
    }
    if (!parts.length) parts.push(element("p", { textContent: "It depends on no position of an input." }));
    picture.replaceChildren(...parts);
  };
  const sliders = Object.entries(axes).filter(([, size]) => size > 1).map(([axis, size]) => {
    const shown = element("output", { value: at[axis] });
    const slider = element("input", { type: "range", min: 0, max: size - 1, value: at[axis], ariaLabel: `position along ${axis}` });
    slider.addEventListener("input", () => { at[axis] = Number(slider.value); shown.value = slider.value; paint(); });
    return element("label", {}, axis, slider, shown);
  });
  const text = (each) => network.texts[each];
  const derivation = sections.flatMap(([heading, steps]) => [
    element("h4", { textContent: text(heading) }),
    element("dl", {}, ...steps.flatMap(([what, expression, result, remark]) => [
      element("dt", { textContent: text(what) }),
      element("dd", {}, element("code", { textContent: text(expression) ? `${text(expression)} = ${text(result)}` : text(result) }), " ", text(remark)),
    ])),
  ]);
  paint();
  return [element("h3", { textContent: path }), ...sliders, picture, ...derivation];
}

for (const article of document.querySelectorAll("article.network")) {
  const number = Number(article.dataset.network), aside = article.querySelector(".position");
  const layers = new Map(networks[number].layers.map((layer) => [layer[0], layer]));
  const rows = [...article.querySelectorAll("tr[data-path]")];
  const pictures = [...article.querySelectorAll("[data-paths]")].map((group) => [group, new Set(group.dataset.paths.split("\n"))]);
  const choose = (row) => {
    for (const each of rows) {
      each.classList.toggle("chosen", each === row);
      each.tabIndex = each === row ? 0 : -1;
      each.setAttribute("aria-selected", each === row);
    }
    for (const [group, paths] of pictures) group.classList.toggle("chosen", paths.has(row.dataset.path));
    aside.hidden = false;
    aside.replaceChildren(...positionView(number, layers.get(row.dataset.path)));
  };
  rows.forEach((row, index) => {
    row.tabIndex = index ? -1 : 0;
    row.addEventListener("click", () => { choose(row); row.focus(); });
    row.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = event.key === "Enter" ? row : rows[index + step];
      if (!next) return;
      event.preventDefault();
      choose(next);
      next.focus();
    });
  });
  for (const [group, paths] of pictures) {
    group.addEventListener("click", () => { const row = rows.find((each) => paths.has(each.dataset.path)); if (row) { choose(row); row.scrollIntoView({ block: "nearest" }); } });
  }
  if (rows.length) choose(rows.find((row) => layers.get(row.dataset.path)?.[1].T > 1) ?? rows[0]);
}

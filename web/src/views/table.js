// The table: rows that take arrow keys and are linked with the text and the drawings.

import { html } from "../dom.js";

const MOST_ROWS = 3000;
const PAGE = 12;

/** Return the view of a table of the engine; `choose(path)` and `point(paths)` follow keys and mouse. */
export function tableView({ choose, point }) {
  const body = html("tbody");
  const head = html("tr");
  const caption = html("caption", { class: "ac-hidden" });
  const rest = html("p", { class: "ac-remark" });
  const remarks = html("div", { class: "ac-remarks" });
  const element = html("div", { class: "ac-table" },
    html("table", {}, caption, html("thead", {}, head), body), rest, remarks);
  let rows = [];

  body.addEventListener("click", ({ target }) => chooseRow(rowOf(target)));
  body.addEventListener("mouseover", ({ target }) => point(pathsOf(rowOf(target))));
  body.addEventListener("mouseleave", () => point([]));
  body.addEventListener("keydown", (event) => {
    const from = [...body.rows].indexOf(rowOf(event.target));
    const to = nextRow(event.key, from, body.rows.length - 1);
    if (to === null) return;
    event.preventDefault();
    body.rows[to].focus();
    chooseRow(body.rows[to]);
  });

  const rowOf = (target) => target.closest("tr");
  const pathsOf = (row) => rows[row?.sectionRowIndex]?.paths ?? [];

  function chooseRow(row) {
    const [path] = pathsOf(row);
    if (path) choose(path);
  }

  function show(table) {
    rows = table.rows.slice(0, MOST_ROWS);
    const focused = body.contains(document.activeElement);
    caption.textContent = table.title;
    head.replaceChildren(...table.columns.map(({ heading, numeric }) =>
      html("th", { scope: "col", class: numeric ? "ac-number" : null }, heading)));
    body.replaceChildren(...rows.map((row) => tableRow(row, table.columns)));
    rest.textContent = table.rows.length > rows.length
      ? `The first ${rows.length.toLocaleString("en")} of ${table.rows.length.toLocaleString("en")} rows; an export has all.` : "";
    remarks.replaceChildren(...table.remarks.map((remark) => html("p", { class: "ac-remark" }, remark)));
    return focused;
  }

  function mark({ path, pointed }) {
    const near = new Set(pointed);
    let current = null;
    [...body.rows].forEach((row, at) => {
      const { paths } = rows[at];
      const chosen = paths.includes(path);
      row.classList.toggle("ac-pointed", paths.some((each) => near.has(each)));
      row.classList.toggle("ac-chosen", chosen);
      row.tabIndex = -1;
      if (chosen) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      if (chosen) current ??= row;
    });
    const first = current ?? body.rows[0];
    if (first) first.tabIndex = 0;
    return current;
  }

  return {
    element,
    show,
    mark,
    reveal: () => body.querySelector(".ac-chosen")?.scrollIntoView({ block: "nearest" }),
    toTop: () => { element.scrollTop = 0; },
    focus: () => body.querySelector('tr[tabindex="0"]')?.focus(),
  };
}

function tableRow({ cells, paths }, columns) {
  return html("tr", { tabindex: -1, data: { paths: paths.join("\n") } }, cells.map((cell, at) =>
    at === 0
      ? html("th", { scope: "row", title: paths.length === 1 ? paths[0] : null }, cell)
      : html("td", { class: cellClass(columns[at]) }, cell)));
}

function cellClass({ key, numeric }) {
  if (numeric) return "ac-number";
  return /field|size|shape/.test(key) ? "ac-size" : null;
}

function nextRow(key, from, last) {
  const steps = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + PAGE, PageUp: from - PAGE, Home: 0, End: last };
  return key in steps ? Math.max(0, Math.min(last, steps[key])) : null;
}

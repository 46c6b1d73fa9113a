// Two networks side by side: what differs in numbers, and what differs in the text.

import { yaml } from "@codemirror/lang-yaml";
import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";

import { html } from "../dom.js";
import { highlight } from "../editor/highlight.js";
import { theme } from "../editor/theme.js";

/**
 * Return the view. `other(name)` follows the choice of a bundled network, `pin()` keeps the present spec to compare later
 * versions with.
 */
export function compareView({ other, pin, dark }) {
  const choice = html("select", { "aria-label": "network to compare with", onchange: () => other(choice.value) });
  const bar = html("div", { class: "ac-bar" },
    html("label", {}, "this spec, next to ", choice),
    html("button", { type: "button", onclick: pin, title: "keep the spec as it is now and compare what you change with it" }, "Pin this version"));
  const sheet = html("div", { class: "ac-sheet", tabindex: 0, role: "region", "aria-label": "comparison" });
  const element = html("div", { class: "ac-compare" }, bar, sheet);
  let merge = null;

  function offer(networks, pinned, chosen) {
    choice.replaceChildren(
      html("option", { value: "" }, "choose a network"),
      pinned && html("option", { value: "pinned" }, "the pinned version"),
      ...networks.map(({ name }) => html("option", { value: `network:${name}` }, name)));
    choice.value = chosen;
  }

  function show(answer, texts) {
    merge?.destroy();
    const diff = html("div", { class: "ac-merge" });
    sheet.replaceChildren(...answer.tables.map(table), html("h3", {}, "The two specs"), diff);
    merge = mergeOf(diff, texts, dark());
  }

  function say(sentence) {
    sheet.replaceChildren(html("p", { class: "ac-remark" }, sentence));
  }

  return { element, offer, show, say };
}

function table({ title, subtitle, columns, rows, remarks }) {
  return html("section", {},
    html("h3", {}, title),
    subtitle.map((line) => html("p", { class: "ac-remark" }, line)),
    html("table", {},
      html("thead", {}, html("tr", {}, columns.map(({ heading }) => html("th", { scope: "col" }, heading)))),
      html("tbody", {}, rows.map(row))),
    remarks.map((line) => html("p", { class: "ac-remark" }, line)));
}

function row({ cells }) {
  const [label, ...values] = cells;
  const differs = new Set(values).size > 1;
  return html("tr", { class: differs ? "ac-differs" : null },
    html("th", { scope: "row" }, label), values.map((value) => html("td", {}, value)));
}

function mergeOf(parent, [before, after], dark) {
  const extensions = [
    lineNumbers(), yaml(), highlight, theme(dark), EditorView.lineWrapping,
    EditorState.readOnly.of(true), EditorView.editable.of(false),
  ];
  const side = ({ name, text }) => ({
    doc: text,
    extensions: [...extensions, EditorView.contentAttributes.of({ "aria-label": name, tabindex: "0" })],
  });
  return new MergeView({ parent, a: side(before), b: side(after), collapseUnchanged: { margin: 2 }, gutter: true });
}

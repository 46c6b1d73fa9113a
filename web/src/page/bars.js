// The small controls above a table or a drawing.

import { html } from "../dom.js";

const DEPTHS = [["", "all layers"], ["1", "depth 1"], ["2", "depth 2"], ["3", "depth 3"]];
const STYLES = [["default", "standard"], ["lecture", "lecture"], ["paper", "paper"], ["full", "all columns"]];
const FIELDS = [["full", "full"], ["clipped", "clipped"], ["window", "window"]];
const CONVENTIONS = [["macs", "MACs"], ["flops", "FLOPs"],
  ...["torch", "fvcore", "fvcore-train", "ptflops", "thop", "ultralytics", "keras"].map((tool) => [tool, tool])];
const COLORS = [["time", "effect on time"], ["kind", "kind of layer"]];
const HEATS = [["", "nothing"], ["macs", "MACs"], ["params", "params"], ["activation_bytes", "activations"], ["field_t", "field in time"]];

const OPTIONS = {
  volume: [["rf", "field", FIELDS], ["color", "color", COLORS]],
  kernels: [["color", "color", COLORS]],
  unroll: [["axis", "along", [["time", "time"], ["space", "space"]]]],
  field: [["by", "by", [["space", "time against space"], ["depth", "depth"]]], ["rf", "field", FIELDS]],
  graph: [["depth", "rows", DEPTHS.slice(1).concat([["", "all layers"]])], ["color", "color", COLORS], ["heat", "shade", HEATS]],
};

function select(label, choices, value, choose) {
  const field = html("select", { onchange: () => choose(field.value) },
    choices.map(([choice, text]) => html("option", { value: choice }, text)));
  field.value = value;
  return html("label", {}, `${label} `, field);
}

/** Return the controls of the table. */
export function tableBar(store) {
  const { depth, style, rf, convention } = store.get();
  return [
    select("rows", DEPTHS, depth === null ? "" : String(depth), (value) => store.set({ depth: value === "" ? null : Number(value) })),
    select("style", STYLES, style, (value) => store.set({ style: value })),
    select("field", FIELDS, rf, (value) => store.set({ rf: value })),
    select("cost", CONVENTIONS, convention, (value) => store.set({ convention: value })),
  ];
}

/** Return the controls of a drawing. */
export function drawingBar(store, kind) {
  return (OPTIONS[kind] ?? []).map(([name, label, choices]) => {
    const now = store.get().drawings[kind]?.[name];
    return select(label, choices, String(now ?? choices[0][0]), (value) => {
      const { drawings } = store.get();
      const typed = value === "" ? null : name === "depth" ? Number(value) : value;
      store.set({ drawings: { ...drawings, [kind]: { ...drawings[kind], [name]: typed } } });
    });
  });
}

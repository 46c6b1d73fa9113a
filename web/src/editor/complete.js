// What can stand at the caret, from the JSON Schema of specs and from the network as it is.

import { placeOf } from "./place.js";

const LISTS_OF_LAYERS = new Set(["layers", "body", "shortcut", "paths"]);

const firstLine = (text) => (text ?? "").split("\n")[0];

/**
 * Return a completion source. `schema()` is the schema or null, `network()` the last answer about the network or null.
 */
export function completer(schema, network) {
  return (context) => {
    const known = schema();
    if (!known) return null;
    const before = context.state.doc.sliceString(0, context.pos);
    const word = /[$\w.]*$/.exec(before)[0];
    const options = optionsAt(before, word, context.explicit, known, network());
    return options?.length ? { from: context.pos - word.length, options, validFor: /^[$\w.]*$/ } : null;
  };
}

function optionsAt(before, word, explicit, schema, network) {
  if (word.startsWith("$")) return parameters(network);
  const { keys, key, item } = placeOf(before.slice(0, before.length - word.length));
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (/#/.test(line) || (!word && !explicit && !/[{:,-] $|\{$/.test(line))) return null;
  if (key === "from") return tensors(network);
  if (key) return values(schema, resolve(schema, mappingOf(schema, keys)?.[key]));
  if (item && LISTS_OF_LAYERS.has(keys[0])) return layers(schema, before);
  const mapping = mappingOf(schema, keys);
  return mapping && properties(schema, mapping);
}

// The arguments that may stand inside the nearest key.
function mappingOf(schema, keys) {
  const layer = schema.$defs.layer.properties;
  if (!keys.length) return schema.properties;
  if (Object.hasOwn(layer, keys[0])) return resolve(schema, layer[keys[0]])?.properties;
  if (keys[1] === "inputs") return schema.$defs.input.properties ?? null;
  if (keys[1] === "blocks") return schema.$defs.block.properties ?? null;
  if (keys[0] === "views") return schema.properties.views.properties;
  return null;
}

function resolve(schema, part) {
  let found = part;
  while (found?.$ref) found = found.$ref.split("/").slice(1).reduce((at, key) => at[key], schema);
  return found;
}

function layers(schema, before) {
  const pages = new Map(schema.$defs.layer.anyOf.filter((each) => each.const).map((each) => [each.const, each]));
  for (const [name, page] of Object.entries(schema.$defs.layer.properties)) pages.set(name, page);
  const operators = [...pages].map(([label, page]) => ({
    label,
    type: "function",
    detail: firstLine(page.description),
    info: page.markdownDescription?.replaceAll("`", ""),
  }));
  const section = /^blocks:\n((?:(?: .*|\s*#.*)?\n)*)/m.exec(before)?.[1] ?? "";
  const blocks = [...section.matchAll(/^ {2}(\w+):/gm)].map(([, label]) => ({ label, type: "class", detail: "block of this spec" }));
  return [...blocks, ...operators];
}

function properties(schema, mapping) {
  return Object.entries(mapping).map(([label, page]) => ({
    label,
    apply: `${label}: `,
    type: "property",
    detail: firstLine(page.description ?? resolve(schema, page)?.description),
    info: page.default === undefined ? undefined : `default: ${JSON.stringify(page.default)}`,
  }));
}

function values(schema, page) {
  const found = new Set();
  const collect = (part) => {
    const at = resolve(schema, part);
    if (!at) return;
    if (at.const !== undefined) found.add(String(at.const));
    for (const value of at.enum ?? []) found.add(String(value));
    if (at.type === "boolean") ["true", "false"].forEach((value) => found.add(value));
    if (at.items) collect(at.items);
    for (const choice of [...(at.anyOf ?? []), ...(at.oneOf ?? [])]) collect(choice);
  };
  collect(page);
  return [...found].map((label) => ({ label, type: "constant" }));
}

function parameters(network) {
  const own = (network?.parameters ?? []).map(({ name, text }) => ({ label: `$${name}`, type: "variable", detail: text }));
  return [...own, { label: "$input", type: "variable", detail: "what the block received" }];
}

function tensors(network) {
  if (!network) return null;
  const names = new Map(network.inputs.map(({ name, text }) => [name, text]));
  for (const { name, size } of network.layers) if (name) names.set(name, size);
  return [...names].map(([label, detail]) => ({ label, type: "variable", detail }));
}

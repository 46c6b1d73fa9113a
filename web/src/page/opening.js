// Which network the page shows: the one of the link, of the command line, of the last visit, or a first example.

import { BrokenLink, stateOf } from "../link.js";

const FIRST = "slow_fusion";

const plain = { inputs: {}, set: {}, own: false, module: null, path: null, at: {}, pinned: null, other: "" };

/** Return what the store is set to for a bundled network. */
export async function bundledNetwork(engine, name) {
  const { text } = await engine.call("open", { name });
  return { ...plain, text, original: text, name: `${name}.yaml`, bundled: name };
}

/** Return what the store is set to for the link of this address, null where it holds nothing; raises BrokenLink. */
export async function linkedNetwork(engine, hash) {
  const asked = await stateOf(hash);
  if (!asked) return null;
  const settings = { inputs: asked.inputs, set: asked.set, path: asked.path, at: asked.at };
  if (asked.text !== null) {
    return { ...plain, text: asked.text, original: asked.text, name: "spec.yaml", bundled: null, ...settings };
  }
  try {
    return { ...(await bundledNetwork(engine, asked.network)), ...settings };
  } catch (error) {
    throw new BrokenLink(`The network of this link cannot be opened: ${error.message}`);
  }
}

/** Return what the store is set to for what the command line named. */
export async function namedNetwork(engine, shown) {
  const settings = { inputs: shown.inputs ?? {}, set: shown.set ?? {} };
  if (shown.kind === "module") return { ...plain, ...settings, text: "", original: "", name: shown.name, bundled: null, module: shown.module };
  const file = shown.kind === "file";
  return { ...plain, ...settings, text: shown.text, original: shown.text, name: shown.name, bundled: file ? null : shown.name.replace(/\.yaml$/, ""), own: file };
}

/** Return `[what the store is set to, sentence for the reader or ""]`. */
export async function firstNetwork(engine, list, hash) {
  try {
    const linked = await linkedNetwork(engine, hash);
    if (linked) return [linked, ""];
  } catch (error) {
    if (!(error instanceof BrokenLink)) throw error;
    return [await otherwise(engine, list), error.message];
  }
  return [await otherwise(engine, list), ""];
}

function otherwise(engine, list) {
  if (list.shown?.kind) return namedNetwork(engine, list.shown);
  return bundledNetwork(engine, FIRST);
}

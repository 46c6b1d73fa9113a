// Links that hold a spec: its text deflated into the hash of the address.

const LONGEST_TEXT = 1_000_000;

/** A link that cannot be read; its message is a sentence for the reader. */
export class BrokenLink extends Error {}

const toBase64 = (bytes) => {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

const fromBase64 = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

async function deflated(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return toBase64(new Uint8Array(await new Response(stream).arrayBuffer()));
}

// A few bytes can inflate to gigabytes, so the text is read in parts and given up when it grows too long.
async function inflated(packed) {
  const reader = new Blob([fromBase64(packed)]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > LONGEST_TEXT) {
      reader.cancel().catch(() => {});
      throw new BrokenLink("The spec in this link is longer than 1 MB, which this page does not open.");
    }
    parts.push(part.value);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(parts).arrayBuffer());
}

/**
 * Return the hash for a state: `{ network, text, inputs, set, path, at }`. With `text` null the network is a bundled one
 * and its name is enough.
 */
export async function hashOf({ network, text, inputs, set, path, at }) {
  const hash = new URLSearchParams();
  if (text === null) hash.set("network", network);
  else hash.set("spec", await deflated(text));
  if (Object.keys(set).length) hash.set("set", JSON.stringify(set));
  if (Object.keys(inputs).length) hash.set("inputs", JSON.stringify(inputs));
  if (path) hash.set("layer", path);
  if (path && Object.keys(at).length) hash.set("at", Object.entries(at).map(([axis, n]) => axis + n).join(","));
  return hash.toString();
}

/** Return the state in a hash, null where there is none; raises BrokenLink. */
export async function stateOf(hash) {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  if (!asked.has("network") && !asked.has("spec")) return null;
  return {
    network: asked.get("network"),
    text: asked.has("spec") ? await textOf(asked.get("spec")) : null,
    set: texts(asked.get("set")),
    inputs: texts(asked.get("inputs")),
    path: asked.get("layer"),
    at: positions(asked.get("at") ?? ""),
  };
}

async function textOf(packed) {
  try {
    return await inflated(packed);
  } catch (error) {
    if (error instanceof BrokenLink) throw error;
    throw new BrokenLink("The spec in this link cannot be read: the link is cut or has been changed.");
  }
}

function texts(json) {
  if (json === null) return {};
  try {
    const entries = Object.entries(JSON.parse(json)).filter(([, value]) => typeof value === "string");
    return Object.fromEntries(entries);
  } catch {
    throw new BrokenLink("The settings in this link cannot be read: the link is cut or has been changed.");
  }
}

function positions(text) {
  const found = [...text.matchAll(/([A-Z])(\d{1,9})/g)];
  return Object.fromEntries(found.map(([, axis, position]) => [axis, Number(position)]));
}

// Where in a spec the caret stands: inside which keys, at a key or at a value. Works on text that is not yet valid YAML.

const OPEN = "{[";
const CLOSE = "}]";
const FARTHEST = 4000;

// Return the offset of the bracket that the end of the text is inside of, or -1.
function innermostBracket(text) {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (CLOSE.includes(text[at])) depth += 1;
    if (!OPEN.includes(text[at])) continue;
    if (depth === 0) return at;
    depth -= 1;
  }
  return -1;
}

function lastPart(text) {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (CLOSE.includes(text[at])) depth += 1;
    else if (OPEN.includes(text[at])) depth -= 1;
    else if (text[at] === "," && depth === 0) return text.slice(at + 1);
  }
  return text;
}

const keyBefore = (text) => /([\w$]+):\s*$/.exec(text)?.[1] ?? null;
const keyAndValue = (text) => /^\s*(?:- )?([\w]+):\s+(.*)$/s.exec(text);

// Keys of block style around a line, the nearest first: those of lines above that are indented less.
function keysAbove(lines, indent) {
  const found = [];
  let least = indent;
  for (const line of lines.toReversed()) {
    const key = /^(\s*)((?:- )*)([\w$]+):(?:\s|$)/.exec(line);
    if (!line.trim() || line.trim().startsWith("#") || !key) continue;
    const column = key[1].length + key[2].length;
    if (column < least) {
      found.push(key[3]);
      least = key[2] ? key[1].length + 1 : column; // keys of the list around may stand below the dash
      if (key[2]) least = Math.min(least, key[1].length + key[2].length);
    }
    if (least === 0) break;
  }
  return found;
}

/** Return `{ keys, key, item }`: the keys around the caret (nearest first), the key whose value it is at, if it is a list's item. */
export function placeOf(before) {
  const near = before.slice(-FARTHEST);
  const bracket = near.includes("\n- ") || near.includes("{") ? innermostBracket(near) : -1;
  if (bracket >= 0 && near[bracket] === "{") {
    const inside = lastPart(near.slice(bracket + 1));
    const around = keyBefore(near.slice(0, bracket).replace(/- $/, ""));
    return { keys: around ? [around] : [], key: keyAndValue(inside)?.[1] ?? null, item: false };
  }
  if (bracket >= 0) {
    const around = keyBefore(near.slice(0, bracket));
    return { keys: placeOf(near.slice(0, bracket)).keys, key: around, item: true };
  }
  const lines = near.split("\n");
  const line = lines.pop();
  const dash = /^(\s*)((?:- )*)/.exec(line);
  return {
    keys: keysAbove(lines, dash[1].length + (dash[2] ? 1 : 0)),
    key: keyAndValue(line)?.[1] ?? null,
    item: dash[2] !== "" || /^\s*-$/.test(line),
  };
}

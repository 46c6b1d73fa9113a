// What this browser keeps from visit to visit. A browser may refuse; the page works without.

/** Return the value kept under a name, or `otherwise`. */
export function remembered(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`archcalc.${name}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keep a value under a name. */
export function remember(name, value) {
  try {
    localStorage.setItem(`archcalc.${name}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: the next visit starts without it.
  }
}

// The stretch of an axis that a picture shows: the input, and the field beyond its border.

/**
 * Return `{ from, to, cutBefore, cutAfter }` for an axis of `reads`: positions from `from` up to, not including, `to`.
 * A field that reaches far beyond the border is cut, so that the input stays readable.
 */
export function shownExtent({ size, full }) {
  const most = Math.ceil(size / 2) + 2;
  const before = full ? Math.max(0, -full[0]) : 0;
  const after = full ? Math.max(0, full[1] - size + 1) : 0;
  return {
    from: -Math.min(before, most),
    to: size + Math.min(after, most),
    cutBefore: before > most,
    cutAfter: after > most,
  };
}

/** Return the function from positions to points in a stretch of `length` points. */
export function scaleOf({ from, to }, length) {
  const unit = length / (to - from);
  const scale = (position) => (position - from) * unit;
  return Object.assign(scale, { unit });
}

/** Return runs as stretches `[start, end)` to draw: single positions where they can be told apart, else whole runs. */
export function stretches(runs, unit, smallest) {
  return runs.flatMap(([first, last, step]) => {
    if (step === 1 || unit * step < smallest) return [[first, last + 1]];
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, n) => [first + n * step, first + n * step + 1]);
  });
}

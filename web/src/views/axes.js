// Axes: time has one hue, space another.

/** Return the class that gives the hue of an axis. */
export const hueOf = (axis) => (axis === "T" ? "ac-time" : "ac-space");

/** Return the axes of a shape that hold positions, in order. */
export const positionAxes = (shape) => ["T", "D", "H", "W"].filter((axis) => axis in shape);

/** Return the middle position of every axis of a shape. */
export const middle = (shape) => Object.fromEntries(positionAxes(shape).map((axis) => [axis, shape[axis] >> 1]));

/** Return the positions within a shape: those of axes it lacks left out, the others moved inside. */
export function within(at, shape) {
  const kept = positionAxes(shape).filter((axis) => axis in at);
  return Object.fromEntries(kept.map((axis) => [axis, Math.min(at[axis], shape[axis] - 1)]));
}

/** Return how many of an axis's positions are one word: frames of T, positions of others. */
export const unitOf = (axis) => (axis === "T" ? "frames" : axis === "D" ? "slices" : "pixels");

/** Return the positions of runs `[first, last, step]`, as many as `most`. */
export function positionsOf(runs, most = Infinity) {
  const found = [];
  for (const [first, last, step] of runs) {
    for (let at = first; at <= last; at += step) {
      if (found.length >= most) return found;
      found.push(at);
    }
  }
  return found;
}

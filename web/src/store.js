// The state of the page, and who wants to know when a part of it changes.

/** Return a store: `get()` the state, `set(part)` of it, `on(keys, listener)` to be called after a change of these keys. */
export function createStore(state) {
  const listeners = [];
  return {
    get: () => state,
    set(part) {
      const changed = Object.keys(part).filter((key) => state[key] !== part[key]);
      if (!changed.length) return;
      state = { ...state, ...part };
      for (const { keys, listener } of listeners) if (keys.some((key) => changed.includes(key))) listener(state);
    },
    on(keys, listener) {
      listeners.push({ keys, listener });
    },
  };
}

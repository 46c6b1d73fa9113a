import { layerOf, movedTo } from "./state.js";

/** Return what is called when a layer is chosen, by mouse, key or caret. */
export function choosing(store) {
  return (path) => {
    const state = store.get();
    const layer = layerOf(state, path);
    if (!layer || path === state.path) return;
    store.set({ path, at: movedTo(layer.shape, state.at, layerOf(state, state.path)?.shape) });
  };
}

/** Return what is called when layers are pointed at; an empty list when the mouse leaves them. */
export function pointing(store) {
  return (paths) => {
    const { pointed } = store.get();
    if (paths.length !== pointed.length || paths.some((path, at) => path !== pointed[at])) store.set({ pointed: paths });
  };
}

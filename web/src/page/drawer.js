// The lower part of the page: its heading, which opens and closes it where the window is small.

import { byId } from "../dom.js";
import { positionAxes } from "../views/axes.js";
import { layerOf } from "./state.js";

/** Keep the heading of the lower part up to date. */
export function drawer(store) {
  const button = byId("drawer");
  button.addEventListener("click", () => store.set({ drawer: !store.get().drawer }));
  button.textContent = heading(null);
  store.on(["good", "path", "at"], (state) => {
    button.textContent = heading(layerOf(state, state.path), state.at);
  });
  const show = ({ drawer: open }) => {
    byId("inspector").classList.toggle("ac-closed", !open);
    button.setAttribute("aria-expanded", String(open));
  };
  store.on(["drawer"], show);
  show(store.get());
}

function heading(layer, at) {
  if (!layer) return "What a position reads";
  const position = positionAxes(layer.shape).filter((axis) => axis in at && layer.shape[axis] > 1).map((axis) => `${axis}=${at[axis]}`);
  const where = position.length ? ` at ${position.join(", ")}` : "";
  return `What ${layer.path}${where} reads`;
}

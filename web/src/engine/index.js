import { localEngine } from "./local.js";
import { serverEngine } from "./server.js";

/** Return the engine of this page: the server where its token stands in the page, else archcalc in this browser. */
export function createEngine(progress) {
  const token = document.querySelector('meta[name="archcalc-token"]')?.content;
  return token ? serverEngine(token) : localEngine(progress);
}

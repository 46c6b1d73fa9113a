// The engine behind `archcalc serve`: each call is one request.

import { checked } from "./checked.js";

const SILENT = "The archcalc server does not answer. Is `archcalc serve` still running?";

/** Return the engine that asks the server this page came from. */
export function serverEngine(token) {
  const headers = { "content-type": "application/json", "x-archcalc-token": token };

  async function call(name, request = {}) {
    let response;
    try {
      response = await fetch(`api/${name}`, { method: "POST", headers, body: JSON.stringify(request) });
    } catch {
      throw new Error(SILENT);
    }
    if (!response.ok) throw new Error((await response.text()).trim() || `The server answered ${response.status}.`);
    return checked(await response.json());
  }

  return { kind: "server", call, ready: () => Promise.resolve() };
}

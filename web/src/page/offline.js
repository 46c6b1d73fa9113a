// The second visit, and visits without a network, take the page from this browser.

/** Let a service worker keep the files of a static page. The server's page always asks its server. */
export function registerOffline(engine) {
  if (engine.kind !== "local" || !("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register("service-worker.js").catch(() => {}); // forbidden or no https: the page works online
}

// Keeps the files of a static page in this browser: after one visit it opens at once and without a network.

// Written by `archcalc serve --export`: self.ARCHCALC = { build, files }. A new build changes it, and so is noticed.
importScripts("files.js");

const { build, files } = self.ARCHCALC;
const CACHE = `archcalc-${build}`;

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(clean().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && new URL(request.url).origin === self.location.origin) event.respondWith(answer(request));
});

// The page has just loaded most of these files, so they come from the browser's own cache.
async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll(["./", ...files]);
}

async function clean() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("archcalc-") && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}

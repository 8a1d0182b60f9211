/** The page offline: what was loaded once is kept, and what the network has newer is taken. */
/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope;
export {};

const CACHE = "mp2flame-1";
const FIRST = ["./", "app.js", "detect.js", "app.css", "manifest.webmanifest", "icon.svg", "head.m2f"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FIRST)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((n) => n !== CACHE).map((n) => caches.delete(n))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  // large files that never change under their name come from the cache; all others from the network while there is one
  const fixed = /\.(wasm|task)$/.test(new URL(request.url).pathname);
  event.respondWith(fixed ? cacheFirst(request) : networkFirst(request));
});

async function cacheFirst(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? store(request, await fetch(request));
}

async function networkFirst(request: Request): Promise<Response> {
  try {
    return await store(request, await fetch(request));
  } catch (error) {
    const found = await caches.match(request, { ignoreSearch: true });
    if (found) return found;
    throw error;
  }
}

async function store(request: Request, answer: Response): Promise<Response> {
  if (answer.ok && answer.status === 200) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

// Keeps the empty phone for when there is no connection: never a message, an answer, a talk or a map.
// The net comes first, so that nobody looks at an old page; where the demonstration is switched off, all is dropped.

const SHELL = "besa-shell";
const FILES = ["./", "./?lang=sq", "./?lang=en", "static/demo.css", "static/demo.js", "static/icon.svg"];
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const wanted = new URL(event.request.url);
  const shell = FILES.some((file) => new URL(file, self.registration.scope).href === wanted.href);
  if (event.request.method === "GET" && shell) event.respondWith(netFirst(event.request));
});

async function netFirst(request) {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 404) await leave();
    else if (response.ok) await (await caches.open(SHELL)).put(request, response.clone());
    return response;
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}

async function leave() {
  await caches.delete(SHELL);
  await self.registration.unregister();
}

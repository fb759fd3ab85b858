// Keeps the page at hand: opened while the box is down it still comes up, says so, and waits for the box.
// Browsers allow this only over https, or on the box itself (localhost). No data of members is ever kept.

const CACHE = "gymbox-kiosk";
const STATIC = "/kiosk/static/";
const PAGE = `${STATIC}index.html`;
const MODULES = "api checkin choices confirm control course desk format framing handover link look main outage page";
const MORE = "picture plan presence rest scenes screen skeleton sound stream strings trainer view words.en words.zh";
const STYLES = "theme kiosk live checkin plan";
const FILES = [
  PAGE,
  `${STATIC}icon.svg`,
  ...`${MODULES} ${MORE}`.split(" ").map((name) => `${STATIC}${name}.js`),
  ...STYLES.split(" ").map((name) => `${STATIC}${name}.css`),
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { pathname, search } = new URL(event.request.url);
  if (event.request.mode === "navigate" && search.includes("token=")) return;
  if (event.request.mode === "navigate") event.respondWith(first(event.request, PAGE));
  else if (FILES.includes(pathname)) event.respondWith(first(event.request, pathname));
});

/** The box's answer; the kept one only when there is none. */
async function first(request, kept) {
  try {
    const answer = await fetch(request);
    if (answer.ok && FILES.includes(new URL(request.url).pathname)) {
      const cache = await caches.open(CACHE);
      await cache.put(kept, answer.clone());
    }
    return answer;
  } catch {
    return (await caches.match(kept)) ?? Response.error();
  }
}

// When the box is gone the page waits for it; when the login has ended the page asks for another.

const LOOK_EVERY_MS = 5000;

async function look() {
  const lost = document.getElementById("popup")?.getAttribute("aria-hidden") === "false";
  if (!lost) return;
  const here = location.pathname;
  const answer = await fetch(here, { headers: { Accept: "text/html" }, redirect: "manual" }).catch(() => null);
  // The gate sends whoever is not logged in away; a box that is down does not answer at all.
  if (answer?.type === "opaqueredirect") location.assign(`/login?next=${encodeURIComponent(here)}`);
}

setInterval(look, LOOK_EVERY_MS);

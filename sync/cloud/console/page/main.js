// The frame: who is logged in, which view is shown, and that it is refreshed.

import { Api, ApiError } from "./api.js";
import { el, fill } from "./dom.js";
import { moment, relative } from "./format.js";
import { pickLanguage, translator } from "./strings.js";
import { alerts } from "./views/alerts.js";
import { audit } from "./views/audit.js";
import { box } from "./views/box.js";
import { boxes } from "./views/boxes.js";
import { enrolments } from "./views/enrolments.js";
import { login, setup } from "./views/login.js";
import { password } from "./views/password.js";
import { people } from "./views/people.js";
import { rollout, rollouts } from "./views/rollouts.js";

const REFRESH_MS = 5000;
const t = translator(pickLanguage(location.search, navigator.languages));
const api = new Api();
const byId = (id) => document.getElementById(id);

const VIEWS = { boxes, box, rollouts, rollout, enrolments, alerts, audit, people };
const NAV = [["boxes"], ["alerts"], ["rollouts"], ["enrolments"], ["audit"], ["people", "operators"]];
const PARENT = { box: "boxes", rollout: "rollouts" };

/** What views are given. */
const app = {
  api, t,
  who: null,
  may: (permission) => app.who?.permissions.includes(permission) ?? false,
  time(iso) {
    if (!iso) return el("span", { class: "soft" }, t("never"));
    return el("time", { datetime: iso, title: moment(iso, t.language) }, relative(iso, Date.now(), t.language));
  },
  toast(text) {
    byId("toast").textContent = text;
    clearTimeout(app.toasting);
    app.toasting = setTimeout(() => { byId("toast").textContent = ""; }, 6000);
  },
  /** Do something that changes something: say what became of it, and show the news. */
  async act(deed, done) {
    try {
      await deed();
      if (done) app.toast(done);
    } catch (error) {
      if (await gone(error)) return;
      app.toast(error.reason || t("unreachable"));
    }
    await refresh();
  },
  refresh: () => refresh(),
  async enter(who) {
    app.who = who;
    frame();
    await route();
  },
};

let shown = null; // {name, load, stale}

async function route() {
  const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split("/");
  shown?.leave?.();
  shown = null;
  const main = byId("main");
  if (name === "setup") {
    byId("bar").hidden = true;
    fill(main, setup(app, rest.join("/")));
  } else if (!app.who) {
    byId("bar").hidden = true;
    fill(main, login(app));
  } else {
    const chosen = Object.hasOwn(VIEWS, name) ? name : "boxes";
    if (chosen === name || !name) mark(PARENT[chosen] ?? chosen);
    shown = VIEWS[chosen](app, rest.join("/"));
    document.title = `${t(`nav.${PARENT[chosen] ?? chosen}`)} · ${t("title")}`;
    fill(main, shown.node);
    await refresh({ byItself: false });
  }
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

async function refresh({ byItself = false } = {}) {
  const view = shown;
  if (!view) return;
  try {
    await view.load({ refresh: byItself });
    await count(byItself);
    trouble("");
  } catch (error) {
    if (view !== shown || await gone(error)) return;
    if (error instanceof ApiError) trouble(error.status ? error.reason : t("unreachable"));
    else throw error;
  }
}

/** Whether nobody is logged in any more; then the way in is shown. */
async function gone(error) {
  if (error.status !== 401) return false;
  app.who = null;
  api.forget();
  await route();
  return true;
}

async function count(byItself) {
  const { unacknowledged } = await api.get("/alerts", { refresh: byItself });
  const badge = byId("badge-alerts");
  badge.textContent = unacknowledged || "";
  badge.hidden = !unacknowledged;
}

function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = !text;
}

function mark(name) {
  for (const link of byId("nav").children) {
    if (link.dataset.name === name) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else link.removeAttribute("aria-current");
  }
}

function frame() {
  fill(byId("nav"), NAV.filter(([, needs]) => !needs || app.may(needs)).map(([name]) =>
    el("a", { href: `#${name}`, "data-name": name }, t(`nav.${name}`),
      name === "alerts" ? el("span", { class: "badge", id: "badge-alerts", hidden: true }) : null)));
  const leave = async () => {
    try {
      await api.logout();
    } catch {
      api.forget(); // the session has ended anyway, or ends by itself
    }
    app.who = null;
    await route();
  };
  fill(byId("bar-end"),
    el("button", { class: "quiet", type: "button", onclick: turn, title: t("theme") }, el("span", { class: "sr" }, t("theme")), el("span", { class: "contrast", "aria-hidden": "true" })),
    el("button", { class: "who quiet", type: "button", title: t("password.change"), onclick: () => password(app) }, app.who.name, el("small", {}, `${t(`role.${app.who.role}`)}${app.who.tenant ? ` · ${app.who.tenant}` : ""}`)),
    el("button", { class: "button small", type: "button", onclick: leave }, t("logout")));
  byId("bar").hidden = false;
}

/** Dark or light: as the system says, until somebody says otherwise on this device. */
function turn() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const next = (document.documentElement.dataset.theme ?? (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
}

function tick() {
  for (const each of document.querySelectorAll("time[datetime]")) {
    const text = relative(each.dateTime, Date.now(), t.language);
    if (each.textContent !== text) each.textContent = text;
  }
}

async function begin() {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  document.documentElement.lang = t.htmlLang;
  document.title = t("title");
  const skip = byId("skip");
  skip.textContent = t("skip");
  skip.addEventListener("click", (event) => { event.preventDefault(); byId("main").focus(); });
  byId("nav").setAttribute("aria-label", t("title"));
  try {
    app.who = await api.whoAmI();
    frame();
  } catch (error) {
    if (error.status !== 401) trouble(error.reason || t("unreachable"));
  }
  addEventListener("hashchange", route);
  await route();
  setInterval(() => { if (!document.hidden) { refresh({ byItself: true }); tick(); } }, REFRESH_MS);
}

await begin();

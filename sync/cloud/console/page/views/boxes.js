// All boxes: how many are there, and those that are looked for.

import { el, fill, field, ask } from "../dom.js";
import { button, empty, heading, secret, state, table } from "./parts.js";

const STATES = ["online", "late", "offline", "never", "revoked"];
const WAIT_MS = 250;

export function boxes(app) {
  const { api, t } = app;
  const wanted = { q: "", state: "", alerts: false };
  let limit = 50;
  let typing = 0;
  const counts = el("div", { class: "counts", role: "group", "aria-label": t("boxes.states") });
  const list = el("div");
  const search = el("input", {
    type: "search", placeholder: t("boxes.search"), "aria-label": t("boxes.search"), maxlength: 100,
    oninput: (event) => {
      wanted.q = event.target.value.trim();
      clearTimeout(typing);
      typing = setTimeout(app.refresh, WAIT_MS);
    },
  });
  const alerted = el("input", { type: "checkbox", onchange: (event) => { wanted.alerts = event.target.checked; app.refresh(); } });
  const more = button(t("more"), () => { limit = Math.min(limit * 2, 500); app.refresh(); }, { key: "more" });

  function choose(each) {
    wanted.state = wanted.state === each ? "" : each;
    app.refresh();
  }

  async function load(options) {
    const query = new URLSearchParams({ limit, q: wanted.q, alerts: wanted.alerts });
    if (wanted.state) query.set("state", wanted.state);
    const [overview, page] = await Promise.all([api.get("/overview", options), api.get(`/gateways?${query}`, options)]);
    fill(counts, STATES.map((each) =>
      el("button", { class: "count", type: "button", "data-key": each, "aria-pressed": wanted.state === each, onclick: () => choose(each) },
        el("b", {}, overview.states[each]), state(t, each))));
    const none = overview.total ? t("boxes.none") : t("boxes.first");
    fill(list, page.gateways.length ? rows(app, page.gateways) : empty(none),
      page.cursor && limit < 500 ? el("p", { class: "actions" }, more) : null);
  }

  const node = el("div", {},
    heading(t("nav.boxes"), app.may("gateways") ? button(t("claim.new"), () => claim(app), { kind: "primary" }) : null),
    counts,
    el("div", { class: "filters" }, search, el("label", { class: "check" }, alerted, t("boxes.alerts"))),
    list);
  return { node, load };
}

function rows({ t, time, who }, found) {
  const columns = ["box", "gym", "state", "health", "software", "tags", "seen"].map((each) => t(`boxes.${each}`));
  return table(t("nav.boxes"), columns, found.map((box) => [
    [el("a", { href: `#box/${encodeURIComponent(box.id)}`, class: "strong", "data-key": box.id }, box.id),
      box.open_alerts ? el("span", { class: "badge", title: t("boxes.open", { n: box.open_alerts }) }, box.open_alerts) : null],
    [box.gym, who.tenant ? null : el("small", {}, box.tenant)],
    state(t, box.state),
    [state(t, box.health, "health"), el("small", {}, why(box))],
    box.versions.software ?? "–",
    box.tags.map((each) => el("span", { class: "tag" }, each)),
    time(box.last_seen_at),
  ]));
}

function why(box) {
  return Object.entries(box.parts).filter(([, part]) => part.state !== "ok").map(([name]) => name).join(", ");
}

export async function claim(app) {
  const { api, t, who } = app;
  const made = await ask({
    title: t("claim.new"), confirm: t("claim.make"), cancel: t("cancel"),
    body: [
      el("p", { class: "soft" }, t("claim.note")),
      field(t("claim.box"), el("input", { name: "gateway", required: true, maxlength: 63, autocapitalize: "none", spellcheck: "false" })),
      field(t("claim.gym"), el("input", { name: "gym", required: true, maxlength: 63, autocapitalize: "none", spellcheck: "false" })),
      who.tenant ? null : field(t("claim.tenant"), el("input", { name: "tenant", required: true, maxlength: 63 })),
      el("label", { class: "check" }, el("input", { type: "checkbox", name: "approval" }), t("claim.approval")),
    ],
    submit: (form) => api.send("POST", "/claims", {
      gateway: form.get("gateway").trim(), gym: form.get("gym").trim(),
      ...(who.tenant ? {} : { tenant: form.get("tenant").trim() }), approval: form.has("approval"),
    }),
  });
  if (!made) return;
  await ask({
    title: t("claim.made"), confirm: t("done"), cancel: t("close"),
    body: [el("p", {}, t("claim.once")), secret(made.claim)], submit: () => true,
  });
  await app.refresh();
}

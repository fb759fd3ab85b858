// Releases on their way through the fleet: watched, begun, steered.

import { ask, el, field, fill } from "../dom.js";
import { duration, percent } from "../format.js";
import { button, empty, facts, heading, section, table } from "./parts.js";
import { software } from "./software.js";

const TONES = { running: "good", finished: "good", paused: "warn", waiting_for_approval: "warn", halted: "bad", aborted: "none" };

export function rollouts(app) {
  const { api, t } = app;
  const list = el("div", { class: "cards" });
  const releases = el("div", { class: "cards below" });
  async function load(options) {
    const found = (await api.get("/rollouts", options)).rollouts;
    fill(list, found.length ? found.map((each) => card(app, each)) : empty(t("rollouts.none")));
    fill(releases, await software(app, options));
  }
  return { node: el("div", {}, heading(t("nav.rollouts"), app.may("rollouts") ? button(t("rollouts.new"), () => start(app), { kind: "primary" }) : null), list, releases), load };
}

export function rollout(app, id) {
  const { api, t } = app;
  const body = el("div", { class: "cards" });
  async function load(options) {
    const found = await api.get(`/rollouts/${encodeURIComponent(id)}`, options);
    fill(body, el("div", {}, heading(name(t, found), steering(app, found)), el("p", {}, standing(t, found), " ", found.reason)),
      section(t("rollouts.groups"), found.groups.map((each, number) => group(app, found, each, number))),
      found.failures.length ? section(t("rollouts.failures"), table(t("rollouts.failures"), ["box", "group", "reason"].map((each) => t(`rollouts.${each}`)),
        found.failures.map((each) => [el("a", { href: `#box/${encodeURIComponent(each.gateway)}` }, each.gateway), each.group, each.reason]))) : null,
      section(t("rollouts.about"), facts([
        [t("rollouts.champion"), found.champion], [t("rollouts.by"), found.created_by], [t("rollouts.begun"), app.time(found.created_at)],
        [t("rollouts.changed"), app.time(found.changed_at)], [t("rollouts.whose"), found.tenant ?? t("rollouts.everybody")]])));
  }
  return { node: el("div", {}, el("p", {}, el("a", { href: "#rollouts" }, `← ${t("nav.rollouts")}`)), body), load };
}

const name = (t, each) => `${t(`kind.${each.kind}`)}: ${each.subject} ${each.version}`;

function standing(t, each) {
  return el("span", { class: `pill ${TONES[each.status] ?? "none"}` }, t(`rollouts.status.${each.status}`));
}

function card(app, each) {
  const { t } = app;
  return el("section", { class: "card" },
    el("h2", {}, el("a", { href: `#rollout/${each.id}`, "data-key": each.id }, name(t, each)), " ", standing(t, each)),
    each.reason ? el("p", {}, each.reason) : null,
    each.groups.map((group_) => bar(t, group_)),
    el("p", { class: "soft" }, t("rollouts.begun"), " ", app.time(each.created_at), ` · ${each.created_by}`));
}

/** How the boxes of a group fare, as lengths and as words. */
function bar(t, each) {
  const said = ["succeeded", "failed", "open", "silent"].filter((key) => each[key]).map((key) => `${each[key]} ${t(`rollouts.${key}`)}`).join(", ");
  const strip = el("div", { class: "strip", "aria-hidden": "true" });
  for (const key of ["succeeded", "failed", "open", "silent"]) {
    if (!each[key]) continue;
    const length = el("i", { class: key });
    length.style.width = `${(100 * each[key]) / Math.max(each.total, 1)}%`;
    strip.append(length);
  }
  return el("div", { class: "group" }, el("span", { class: "group-name" }, each.name, el("small", {}, t("rollouts.boxes", { n: each.total }))), strip,
    el("span", { class: "soft" }, said || t(each.begun ? "rollouts.open" : "rollouts.waits")));
}

function group(app, found, each, number) {
  const { t } = app;
  const rule = [t("rollouts.need", { share: percent(each.success_threshold) }), t("rollouts.bear", { share: percent(each.error_threshold) }),
    t("rollouts.soak", { time: duration(each.soak_s) }), each.mode === "shadow" ? t("rollouts.beside") : null, each.approval ? t("rollouts.gate") : null];
  return el("div", { class: number === found.group ? "turn" : "" }, bar(t, each), el("p", { class: "soft rule" }, rule.filter(Boolean).join(" · ")));
}

function steering(app, found) {
  const { t, api } = app;
  if (!app.may("rollouts")) return null;
  const steer = (deed) => button(t(`rollouts.${deed}`), () => app.act(() => api.send("POST", `/rollouts/${found.id}/${deed}`), t(`rollouts.${deed}.done`)),
    { key: deed, kind: deed === "approve" ? "primary" : "" });
  const wishes = { running: ["pause"], waiting_for_approval: ["approve", "pause"], paused: ["resume"] }[found.status] ?? [];
  const abort = () => ask({
    title: t("rollouts.abort"), danger: true, confirm: t("rollouts.abort"), cancel: t("cancel"),
    body: [el("p", {}, t("rollouts.abort.note")), field(t("rollouts.reason"), el("input", { name: "reason", required: true, maxlength: 500 }))],
    submit: (form) => api.send("POST", `/rollouts/${found.id}/abort`, { reason: form.get("reason").trim() }),
  }).then((done) => (done ? app.refresh() : null));
  return [...wishes.map(steer), wishes.length ? button(t("rollouts.abort"), abort, { key: "abort", kind: "danger" }) : null];
}

async function start(app) {
  const { api, t } = app;
  const { models } = await api.get("/models");
  const known = el("datalist", { id: "known" }, [...new Set(models.map((each) => each.name)), "gymbox"].map((each) => el("option", { value: each })));
  const kinds = app.who.tenant ? ["config"] : ["models", "software", "config"];
  const made = await ask({
    title: t("rollouts.new"), confirm: t("rollouts.start"), cancel: t("cancel"),
    body: [known,
      field(t("rollouts.kind"), el("select", { name: "kind" }, kinds.map((each) => el("option", { value: each }, t(`kind.${each}`))))),
      field(t("rollouts.subject"), el("input", { name: "subject", required: true, maxlength: 63, list: "known", autocapitalize: "none" }), t("rollouts.subject.note")),
      field(t("rollouts.version"), el("input", { name: "version", maxlength: 63 }), t("rollouts.version.note"))],
    submit: (form) => api.send("POST", "/rollouts", {
      kind: form.get("kind"), subject: form.get("subject").trim(), version: form.get("version").trim() || null }),
  });
  if (made) location.hash = `#rollout/${made.id}`;
}

// One box in depth.

import { ask, el, field, fill } from "../dom.js";
import { duration, percent } from "../format.js";
import { patchOf } from "../patch.js";
import { alertRows } from "./alerts.js";
import { auditRows } from "./audit.js";
import { job } from "./job.js";
import { button, document_, empty, facts, section, state, table } from "./parts.js";

export function box(app, id) {
  const { api, t } = app;
  const path = `/gateways/${encodeURIComponent(id)}`;
  const head = el("div", { class: "heading" });
  const body = el("div", { class: "cards two" });
  const shown = new Map();

  /** Only what is news is made anew: whoever reads or copies something keeps their place. */
  function show(name, data, make, width = "wide") {
    const text = JSON.stringify(data);
    if (shown.get(name)?.text === text) return;
    const node = shown.get(name)?.node ?? el("div", { class: `slot ${width}` });
    if (!shown.has(name)) body.append(node);
    fill(node, make(data));
    shown.set(name, { text, node });
  }

  async function load(options) {
    const [found, certificates, jobs, bundles, alerts, audit] = await Promise.all([
      api.get(path, options), api.get(`${path}/certificates`, options), api.get(`/jobs?gateway=${encodeURIComponent(id)}`, options),
      api.get(`${path}/diagnostics`, options), api.get(`/alerts?gateway=${encodeURIComponent(id)}`, options),
      api.get(`/audit?limit=20&subject=${encodeURIComponent(id)}`, options),
    ]);
    show("head", [found.id, found.state, found.gym, found.tenant, found.last_seen_at], () => {
      fill(head, headline(app, found), deeds(app, found, path));
      return null;
    });
    show("alerts", alerts.alerts, (each) => (each.length ? section(t("nav.alerts"), alertRows(app, each)) : null));
    show("parts", [found.parts, found.health], () => section(t("box.parts"), parts(t, found)));
    show("figures", found, () => section(t("box.figures"), figures(app, found)));
    show("tags", found.tags, () => section(t("boxes.tags"), tags(app, found, path)), "half");
    show("identity", certificates, () => section(t("box.identity"), identity(app, certificates.certificates)), "half");
    show("jobs", [jobs, bundles], () => section(t("box.jobs"), jobRows(app, jobs.jobs, bundles.bundles, path)));
    show("config", found.shadows.config ?? null, () => section(t("box.config"), config(app, found, path)));
    show("twin", found.shadows, (shadows) => section(t("box.twin"),
      Object.entries(shadows).map(([name, each]) => twin(app, name, each))));
    show("audit", audit.lines, (lines) => section(t("nav.audit"), lines.length ? auditRows(app, lines) : empty(t("audit.none"))));
  }

  return { node: el("div", {}, el("p", {}, el("a", { href: "#boxes" }, `← ${t("nav.boxes")}`)), head, body), load };
}

function headline({ t, time }, found) {
  return el("div", {}, el("h1", {}, found.id),
    el("p", { class: "soft" }, state(t, found.state), ` · ${found.gym} · ${found.tenant} · `, t("boxes.seen"), " ", time(found.last_seen_at)));
}

function deeds(app, found, path) {
  const { t } = app;
  if (found.state === "revoked") return null;
  return el("div", { class: "actions" },
    app.may("jobs") ? button(t("job.new"), () => job(app, found.id, path), { kind: "primary" }) : null,
    app.may("gateways") ? button(t("box.revoke"), () => sendAway(app, found.id, path, "revoke"), { kind: "danger" }) : null,
    app.may("gateways") ? button(t("box.decommission"), () => sendAway(app, found.id, path, "decommission"), { kind: "danger" }) : null);
}

function sendAway(app, id, path, deed) {
  const { api, t } = app;
  return ask({
    title: t(`box.${deed}`), danger: true, confirm: t(`box.${deed}`), cancel: t("cancel"),
    body: [el("p", {}, t(`box.${deed}.note`)), field(t("box.type", { id }), el("input", { name: "id", autocomplete: "off" }))],
    submit: async (form) => {
      if (form.get("id").trim() !== id) throw new Error(t("box.type", { id }));
      await api.send("POST", `${path}/${deed}`);
    },
  }).then((done) => (done ? app.refresh() : null));
}

function parts(t, found) {
  const all = Object.entries(found.parts);
  if (!all.length) return empty(t("box.silent"));
  return el("ul", { class: "plain" }, all.map(([name, part]) =>
    el("li", {}, el("b", {}, name), " ", state(t, part.state, "health"), part.reason ? el("p", { class: "soft" }, part.reason) : null)));
}

function figures({ t, time }, found) {
  const versions = Object.entries({ ...found.versions, ...found.models });
  return facts([
    [t("box.clock"), found.clock_off_s === null ? null : `${found.clock_off_s > 0 ? "+" : ""}${found.clock_off_s.toFixed(1)} s`],
    [t("box.disk"), found.disk_free === null ? null : percent(found.disk_free)],
    [t("box.outbox"), found.outbox_depth === null ? null : t("box.records", { n: found.outbox_depth })],
    [t("box.oldest"), found.outbox_oldest_s === null ? null : duration(found.outbox_oldest_s)],
    [t("box.since"), time(found.created_at)],
    ...versions.map(([name, version]) => [name, version]),
  ]);
}

function tags(app, found, path) {
  const { api, t } = app;
  const list = el("p", {}, found.tags.length ? found.tags.map((each) => el("span", { class: "tag" }, each)) : t("box.untagged"));
  if (!app.may("tags")) return list;
  const edit = () => ask({
    title: t("boxes.tags"), confirm: t("save"), cancel: t("cancel"),
    body: field(t("box.tags.label"), el("input", { name: "tags", value: found.tags.join(" "), autocapitalize: "none", spellcheck: "false" }), t("box.tags.note")),
    submit: (form) => api.send("PUT", `${path}/tags`, { tags: form.get("tags").split(/[\s,]+/).filter(Boolean) }),
  }).then((done) => (done ? app.refresh() : null));
  return [list, el("p", { class: "actions" }, button(t("edit"), edit, { key: "tags" }))];
}

function identity({ t, time }, certificates) {
  if (!certificates.length) return empty(t("box.token"));
  const columns = ["serial", "until", "standing"].map((each) => t(`certificate.${each}`));
  const standing = (each) => (each.revoked_at ? "revoked" : each.superseded_at ? "superseded" : each.first_used_at ? "used" : "unused");
  return table(t("box.identity"), columns, certificates.slice(0, 5).map((each) => [
    el("code", {}, each.serial), time(each.not_after), t(`certificate.${standing(each)}`)]));
}

function jobRows(app, jobs, bundles, path) {
  const { t, time, api } = app;
  if (!jobs.length) return empty(t("job.none"));
  const kept = new Set(bundles.map((each) => each.job));
  const columns = ["kind", "state", "at", "by"].map((each) => t(`job.${each}`));
  return table(t("box.jobs"), columns, jobs.slice(0, 20).flatMap((each) => each.executions.map((run) => [
    [t(`job.kind.${each.kind}`), el("small", {}, Object.values(each.parameters).join(" "))],
    [el("b", {}, run.state), run.reason ? el("small", {}, run.reason) : null,
      kept.has(each.id) && app.may("jobs") ? el("a", { href: `/api/v1/fleet${path}/diagnostics/${each.id}`, download: "" }, t("job.download")) : null],
    time(each.created_at),
    [each.created_by, app.may("jobs") && run.state === "QUEUED"
      ? button(t("job.cancel"), () => app.act(() => api.send("POST", `/jobs/${each.id}/cancel`), t("job.canceled")), { key: `cancel ${each.id}` }) : null],
  ])));
}

function config(app, found, path) {
  const { api, t } = app;
  const shadow = found.shadows.config ?? { desired: {}, reported: {}, version: 0 };
  const bundles = new Set([...Object.keys(shadow.desired), ...Object.keys(shadow.reported)]);
  const rows = [...bundles].sort().map((name) => {
    const [wish, said] = [shadow.desired[name] ?? {}, shadow.reported[name] ?? {}];
    return [el("b", {}, name), wish.version ?? "–", [said.version ?? "–", said.state ? el("small", {}, `${said.state} ${said.reason ?? ""}`) : null]];
  });
  const columns = ["bundle", "desired", "reported"].map((each) => t(`config.${each}`));
  const own = shadow.desired.box?.values ?? {};
  const edit = () => ask({
    title: t("config.edit"), confirm: t("save"), cancel: t("cancel"),
    body: [el("p", { class: "soft" }, t("config.note")),
      field(t("config.values"), el("textarea", { name: "values", rows: 12, spellcheck: "false", value: JSON.stringify(own, null, 2) }))],
    submit: async (form) => {
      let values;
      try {
        values = JSON.parse(form.get("values"));
      } catch (error) {
        throw new Error(`${t("config.broken")}: ${error.message}`);
      }
      await api.send("PATCH", `${path}/config`, { values: patchOf(own, values), version: shadow.version });
    },
  }).then((done) => (done ? app.refresh() : null));
  return [
    rows.length ? table(t("box.config"), columns, rows) : empty(t("config.none")),
    app.may("config") && found.state !== "revoked" ? el("p", { class: "actions" }, button(t("config.edit"), edit, { key: "config" })) : null,
  ];
}

function twin({ t, time }, name, shadow) {
  return el("details", {}, el("summary", {}, el("b", {}, name), " · ", t("box.version", { n: shadow.version }), " · ", time(shadow.changed_at)),
    el("h3", {}, t("config.desired")), document_(shadow.desired), el("h3", {}, t("config.reported")), document_(shadow.reported));
}

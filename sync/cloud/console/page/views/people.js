// Who may look after boxes, and the tokens of programs.

import { ask, el, field, fill } from "../dom.js";
import { button, empty, heading, secret, table } from "./parts.js";
import { password } from "./password.js";

const ROLES = ["viewer", "operator", "release-manager", "admin"];

export function people(app) {
  const { api, t, time } = app;
  const accounts = el("div");
  const tokens = el("div");
  async function load(options) {
    const [found, keys] = await Promise.all([api.get("/operators", options), api.get("/tokens", options)]);
    fill(accounts, table(t("people.accounts"), ["name", "role", "tenant", "since", "do"].map((each) => t(`people.${each}`)), found.operators.map((each) => [
      [el("b", {}, each.name), each.has_password ? null : el("small", {}, t("people.waits"))],
      each.name === app.who.name ? t(`role.${each.role}`) : choice(app, each), each.tenant ?? t("people.all"), time(each.created_at),
      each.name === app.who.name ? button(t("password.change"), () => password(app), { key: "password" }) : el("span", { class: "actions" },
        button(t("people.reset"), () => reset(app, each.name), { key: `reset ${each.name}` }),
        button(t("people.remove"), () => remove(app, each.name), { key: `remove ${each.name}`, kind: "danger" })),
    ])));
    fill(tokens, keys.tokens.length ? table(t("people.tokens"), ["note", "role", "tenant", "until", "do"].map((each) => t(`people.${each}`)), keys.tokens.map((each) => [
      [el("b", {}, each.note), el("small", {}, `${each.id} · ${each.created_by}`)], t(`role.${each.role}`), each.tenant ?? t("people.all"), time(each.expires_at),
      each.revoked_at ? t("people.revoked") : button(t("people.revoke"), () => app.act(() => api.send("DELETE", `/tokens/${each.id}`), t("people.revoked")), { key: each.id, kind: "danger" }),
    ])) : empty(t("people.notokens")));
  }
  const node = el("div", {},
    heading(t("people.accounts"), button(t("people.add"), () => add(app), { kind: "primary" })), accounts,
    el("div", { class: "heading" }, el("h2", {}, t("people.tokens")), el("div", { class: "actions" }, button(t("people.token"), () => token(app)))), tokens);
  return { node, load };
}

function choice(app, each) {
  const { api, t } = app;
  return el("select", { "aria-label": t("people.role.of", { name: each.name }), "data-key": `role ${each.name}`,
    onchange: (event) => app.act(() => api.send("PATCH", `/operators/${encodeURIComponent(each.name)}`, { role: event.target.value }), t("people.changed")) },
  ROLES.map((role) => el("option", { value: role, selected: role === each.role }, t(`role.${role}`))));
}

const role = (t) => field(t("people.role"), el("select", { name: "role" }, ROLES.map((each) => el("option", { value: each }, t(`role.${each}`)))));
const tenant = (app) => (app.who.tenant ? null : field(app.t("people.tenant"), el("input", { name: "tenant", maxlength: 63 }), app.t("people.tenant.note")));
const ofTenant = (form) => (form.get("tenant")?.trim() ? { tenant: form.get("tenant").trim() } : {});

async function add(app) {
  const { api, t } = app;
  const made = await ask({
    title: t("people.add"), confirm: t("people.make"), cancel: t("cancel"),
    body: [field(t("people.name"), el("input", { name: "name", required: true, maxlength: 63, autocapitalize: "none", spellcheck: "false" })), role(t), tenant(app)],
    submit: (form) => api.send("POST", "/operators", { name: form.get("name").trim(), role: form.get("role"), ...ofTenant(form) }),
  });
  if (made) await link(app, made);
}

async function reset(app, name) {
  const { api, t } = app;
  const made = await ask({
    title: t("people.reset"), danger: true, confirm: t("people.reset"), cancel: t("cancel"), body: el("p", {}, t("people.reset.note", { name })),
    submit: () => api.send("POST", `/operators/${encodeURIComponent(name)}/setup`),
  });
  if (made) await link(app, made);
}

async function link(app, { name, code }) {
  const { t } = app;
  await ask({ title: t("people.link"), confirm: t("done"), cancel: t("close"), submit: () => true,
    body: [el("p", {}, t("people.link.note", { name })), secret(`${location.origin}/console/#setup/${code}`)] });
  await app.refresh();
}

async function remove(app, name) {
  const { api, t } = app;
  const done = await ask({ title: t("people.remove"), danger: true, confirm: t("people.remove"), cancel: t("cancel"),
    body: el("p", {}, t("people.remove.note", { name })), submit: () => api.send("DELETE", `/operators/${encodeURIComponent(name)}`) });
  if (done) await app.refresh();
}

async function token(app) {
  const { api, t } = app;
  const made = await ask({
    title: t("people.token"), confirm: t("people.make"), cancel: t("cancel"),
    body: [field(t("people.note"), el("input", { name: "note", required: true, maxlength: 100 })), role(t), tenant(app),
      field(t("people.days"), el("input", { name: "days", type: "number", min: 1, max: 366, value: 90, required: true }))],
    submit: (form) => api.send("POST", "/tokens", { note: form.get("note").trim(), role: form.get("role"), days: Number(form.get("days")), ...ofTenant(form) }),
  });
  if (!made) return;
  await ask({ title: t("people.token"), confirm: t("done"), cancel: t("close"), body: [el("p", {}, t("people.once")), secret(made.token)], submit: () => true });
  await app.refresh();
}

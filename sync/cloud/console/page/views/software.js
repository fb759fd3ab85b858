// Releases of the boxes' program: which were signed, and having nobody get one.

import { ask, el, field } from "../dom.js";
import { button, section, table } from "./parts.js";

export async function software(app, options) {
  const { api, t, time } = app;
  const { releases } = await api.get("/software", options);
  if (!releases.length) return null;
  const columns = ["version", "purpose", "signed", "state"].map((each) => t(`software.${each}`));
  return section(t("software.title"), table(t("software.title"), columns, releases.map((each) => [
    el("b", {}, each.version), t(`software.${each.purpose}`), time(each.published_at),
    each.withdrawn ? [t("software.withdrawn"), el("small", {}, each.withdrawn)] : steering(app, each),
  ])));
}

function steering(app, each) {
  const { api, t } = app;
  if (!app.may("rollouts") || app.who.tenant) return t("software.free");
  const withdraw = () => ask({
    title: t("software.withdraw"), danger: true, confirm: t("software.withdraw"), cancel: t("cancel"),
    body: [el("p", {}, t("software.note", { version: each.version })), field(t("rollouts.reason"), el("input", { name: "reason", required: true, maxlength: 500 }))],
    submit: (form) => api.send("POST", `/software/${encodeURIComponent(each.version)}/withdraw`, { reason: form.get("reason").trim() }),
  }).then((done) => (done ? app.refresh() : null));
  return button(t("software.withdraw"), withdraw, { key: `withdraw ${each.version}`, kind: "danger" });
}

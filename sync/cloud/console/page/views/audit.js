// Who did what to which part of the fleet.

import { el, fill } from "../dom.js";
import { button, empty, heading, table } from "./parts.js";

const WAIT_MS = 300;

export function audit(app) {
  const { api, t } = app;
  const wanted = { actor: "", action: "", subject: "" };
  let limit = 100;
  let typing = 0;
  const list = el("div");
  const file = el("a", { class: "button small", download: "audit.jsonl" }, t("audit.export"));
  const more = button(t("more"), () => { limit = 500; app.refresh(); }, { key: "more" });
  const filters = Object.keys(wanted).map((name) => el("input", {
    type: "search", placeholder: t(`audit.${name}`), "aria-label": t(`audit.${name}`), maxlength: 255,
    oninput: (event) => {
      wanted[name] = event.target.value.trim();
      clearTimeout(typing);
      typing = setTimeout(app.refresh, WAIT_MS);
    },
  }));
  async function load(options) {
    const query = new URLSearchParams(wanted);
    file.href = `/api/v1/fleet/audit.jsonl?${query}`;
    const page = await api.get(`/audit?limit=${limit}&${query}`, options);
    fill(list, page.lines.length ? auditRows(app, page.lines) : empty(t("audit.none")),
      page.before && limit < 500 ? el("p", { class: "actions" }, more) : null);
  }
  return { node: el("div", {}, heading(t("nav.audit"), file), el("div", { class: "filters" }, filters), list), load };
}

export function auditRows({ t, time }, lines) {
  const columns = ["at", "actor", "action", "subject", "detail"].map((each) => t(`audit.${each}`));
  return table(t("nav.audit"), columns, lines.map((line) => [
    time(line.at), line.actor, el("code", {}, line.action), line.subject,
    Object.keys(line.detail).length ? el("code", { class: "detail" }, JSON.stringify(line.detail)) : "–",
  ]));
}

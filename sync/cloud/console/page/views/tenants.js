// Whose boxes there are, and keeping all of somebody's outside.

import { ask, el } from "../dom.js";
import { button, section, state, table } from "./parts.js";

export async function tenants(app, options) {
  const { api, t, time } = app;
  const found = (await api.get("/tenants", options)).tenants;
  if (!found.length) return null;
  const columns = ["name", "boxes", "state", "do"].map((each) => t(`tenants.${each}`));
  return section(t("tenants.title"), table(t("tenants.title"), columns, found.map((each) => [
    el("b", {}, each.id), String(each.boxes),
    [state(t, each.disabled_at ? "disabled" : "ok", "tenants"), each.disabled_at ? el("small", {}, time(each.disabled_at)) : null],
    app.may("gateways") ? turn(app, each) : "–",
  ])));
}

function turn(app, each) {
  const { api, t } = app;
  const path = `/tenants/${encodeURIComponent(each.id)}`;
  if (each.disabled_at) {
    return button(t("tenants.enable"), () => app.act(() => api.send("POST", `${path}/enable`), t("tenants.enabled", { id: each.id })), { key: `enable ${each.id}` });
  }
  const disable = () => ask({
    title: t("tenants.disable"), danger: true, confirm: t("tenants.disable"), cancel: t("cancel"),
    body: el("p", {}, t("tenants.note", { id: each.id, n: each.boxes })), submit: () => api.send("POST", `${path}/disable`),
  }).then((done) => (done ? app.refresh() : null));
  return button(t("tenants.disable"), disable, { key: `disable ${each.id}`, kind: "danger" });
}

// What is wrong, and what was.

import { el, fill } from "../dom.js";
import { button, empty, heading, state, table } from "./parts.js";

export function alerts(app) {
  const { api, t } = app;
  const list = el("div");
  async function load(options) {
    const found = (await api.get("/alerts", options)).alerts;
    const open = found.filter((each) => each.open);
    const past = found.filter((each) => !each.open);
    fill(list, open.length ? alertRows(app, open) : empty(t("alerts.none")),
      past.length ? [el("h2", {}, t("alerts.past")), alertRows(app, past)] : null);
  }
  return { node: el("div", {}, heading(t("nav.alerts")), list), load };
}

export function alertRows(app, found) {
  const { api, t, time } = app;
  const columns = ["severity", "what", "box", "opened", "last", "count", "known"].map((each) => t(`alerts.${each}`));
  const acknowledge = (each) => app.act(() => api.send("POST", `/alerts/${each.id}/acknowledge`), t("alerts.acknowledged"));
  return table(t("nav.alerts"), columns, found.map((each) => [
    state(t, each.open ? each.severity : "ok", each.open ? "severity" : "resolved"),
    each.reason,
    each.gateway ? el("a", { href: `#box/${encodeURIComponent(each.gateway)}` }, each.gateway) : "–",
    time(each.opened_at),
    time(each.resolved_at ?? each.last_at),
    String(each.count),
    each.acknowledged_at ? [each.acknowledged_by, " ", time(each.acknowledged_at)]
      : app.may("alerts") && each.open ? button(t("alerts.acknowledge"), () => acknowledge(each), { key: `alert ${each.id}` }) : "–",
  ]));
}

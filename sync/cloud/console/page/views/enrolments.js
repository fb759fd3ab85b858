// Boxes that wait to be let in.

import { el, fill } from "../dom.js";
import { claim } from "./boxes.js";
import { button, empty, heading, table } from "./parts.js";
import { tenants } from "./tenants.js";

export function enrolments(app) {
  const { api, t, time } = app;
  const list = el("div");
  const whose = el("div", { class: "cards below" });
  const decide = (each, deed) => app.act(
    () => api.send("POST", `/enrolments/${encodeURIComponent(each.gateway)}/${deed}`), t(`enrolments.${deed}d`, { id: each.gateway }));
  async function load(options) {
    const found = (await api.get("/enrolments", options)).enrolments;
    const columns = ["box", "gym", "fingerprint", "asked", "decide"].map((each) => t(`enrolments.${each}`));
    fill(list, found.length ? table(t("nav.enrolments"), columns, found.map((each) => [
      el("b", {}, each.gateway), [each.gym, el("small", {}, each.tenant)],
      el("code", { class: "print" }, each.fingerprint.match(/.{1,4}/g)?.join(" ") ?? ""), time(each.asked_at),
      app.may("enrolments") ? el("span", { class: "actions" },
        button(t("enrolments.approve"), () => decide(each, "approve"), { kind: "primary", key: `approve ${each.gateway}` }),
        button(t("enrolments.reject"), () => decide(each, "reject"), { key: `reject ${each.gateway}` })) : "–",
    ])) : empty(t("enrolments.none")));
    if (!app.who.tenant) fill(whose, await tenants(app, options));
  }
  const node = el("div", {},
    heading(t("nav.enrolments"), app.may("gateways") ? button(t("claim.new"), () => claim(app), { kind: "primary" }) : null),
    el("p", { class: "soft" }, t("enrolments.note")), list, whose);
  return { node, load };
}

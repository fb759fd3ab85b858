// Asking a box to do something.

import { ask, el, field } from "../dom.js";

const FIELDS = { restart_part: ["part"], pull_model: ["model"], factory_reset: ["confirm"] };

export async function job(app, id, path) {
  const { api, t } = app;
  const kinds = ["collect_diagnostics", "restart_part", "reprobe_cameras", "pull_model", ...(app.may("gateways") ? ["factory_reset"] : [])];
  const more = el("div");
  const kind = el("select", { name: "kind", onchange: () => show() }, kinds.map((each) => el("option", { value: each }, t(`job.kind.${each}`))));
  const show = () => more.replaceChildren(
    el("p", { class: "soft" }, t(`job.note.${kind.value}`)),
    ...(FIELDS[kind.value] ?? []).map((name) => field(t(`job.field.${name}`, { id }), el("input", { name, required: true, maxlength: 255, autocomplete: "off" }))));
  show();
  const key = crypto.randomUUID();
  const made = await ask({
    title: t("job.new"), confirm: t("job.send"), cancel: t("cancel"), body: [field(t("job.kind"), kind), more],
    submit: (form) => api.send("POST", `${path}/jobs`, {
      kind: form.get("kind"), parameters: Object.fromEntries((FIELDS[form.get("kind")] ?? []).map((name) => [name, form.get(name).trim()])),
    }, { "Idempotency-Key": key }),
  });
  if (made) {
    app.toast(t("job.sent"));
    await app.refresh();
  }
}

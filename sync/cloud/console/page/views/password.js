// Choosing a password.

import { ask, el, field } from "../dom.js";

export function newPassword(t) {
  const options = { type: "password", autocomplete: "new-password", required: true, minlength: 12, maxlength: 256 };
  return [
    field(t("password.new"), el("input", { name: "password", ...options }), t("password.rule")),
    field(t("password.again"), el("input", { name: "again", ...options })),
  ];
}

export function demandSame(form, t) {
  if (form.get("password") !== form.get("again")) throw new Error(t("password.differ"));
}

export async function password(app) {
  const { api, t } = app;
  const done = await ask({
    title: t("password.change"), confirm: t("save"), cancel: t("cancel"),
    body: [field(t("password.old"), el("input", { name: "old", type: "password", autocomplete: "current-password", required: true })), newPassword(t)],
    submit: async (form) => {
      demandSame(form, t);
      await api.send("POST", "/password", { old: form.get("old"), new: form.get("password") });
    },
  });
  if (!done) return;
  app.toast(t("password.changed"));
  await app.refresh(); // every session has ended, this one too: the way in is shown
}

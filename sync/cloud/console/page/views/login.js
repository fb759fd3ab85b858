// The way in: name and password, or the link by which a password is chosen.

import { el, field } from "../dom.js";
import { demandSame, newPassword } from "./password.js";

export function login({ api, t, enter }) {
  return door(t("login.title"), t("login.button"), [
    field(t("login.name"), el("input", { name: "name", autocomplete: "username", required: true, autofocus: true, maxlength: 63, spellcheck: "false", autocapitalize: "none" })),
    field(t("login.password"), el("input", { name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 256 })),
  ], async (form) => enter(await api.login(form.get("name").trim(), form.get("password"))), t);
}

export function setup({ api, t, toast }, code) {
  return door(t("setup.title"), t("setup.button"), [
    el("p", { class: "soft" }, t("setup.note")),
    ...newPassword(t),
  ], async (form) => {
    demandSame(form, t);
    const { name } = await api.send("POST", "/setup", { code, password: form.get("password") });
    toast(t("setup.done", { name }));
    location.hash = "#boxes";
  }, t);
}

function door(title, button, fields, submit, t) {
  const fault = el("p", { class: "fault", role: "alert", hidden: true });
  const go = el("button", { class: "button primary wide", type: "submit" }, button);
  const form = el("form", { class: "door" },
    el("div", { class: "brand big" }, el("img", { src: "icon.svg", alt: "", width: 44, height: 44 }), el("span", {}, "Gymbox")),
    el("h1", {}, title), fields, fault, go);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    fault.hidden = true;
    try {
      await submit(new FormData(form));
    } catch (error) {
      fault.textContent = error.reason || (error.status === 0 ? t("unreachable") : error.message);
      fault.hidden = false;
    } finally {
      go.disabled = false;
    }
  });
  return form;
}

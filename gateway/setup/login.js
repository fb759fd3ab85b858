// The login page. Afterwards the browser goes where it wanted to, which is always a page of this box.

import { api } from "./api.js";
import { busy } from "./page.js";
import { applyLanguage, switchLanguage } from "./strings.js";

const USUAL = "/console";
const at = (id) => document.getElementById(id);

/** Where to go: a page of this box, whatever the address asks for; a browser reads many texts as another host. */
export function destination(search) {
  const next = new URLSearchParams(search).get("next") || USUAL;
  const wanted = URL.canParse(next, location.origin) ? new URL(next, location.origin) : null;
  return wanted?.origin === location.origin ? wanted.pathname + wanted.search + wanted.hash : USUAL;
}

function fail(text) {
  at("error").textContent = text;
  at("error").hidden = !text;
}

at("login").addEventListener("submit", (event) => {
  event.preventDefault();
  fail("");
  busy(at("go"), async () => {
    await api.logIn(at("name").value.trim(), at("password").value);
    location.replace(destination(location.search));
  }, (reason) => {
    fail(reason);
    at("password").value = "";
    at("password").focus();
  });
});
at("language").addEventListener("click", () => {
  switchLanguage();
  applyLanguage();
});
applyLanguage();
at("name").focus();

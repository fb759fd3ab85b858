// Every word of the setup and login pages, in each language they speak.

import { en } from "./words.en.js";
import { zh } from "./words.zh.js";

export const WORDS = { en, zh };
export const LANGUAGES = [["en", "English"], ["zh", "中文"]];
const KEPT = "gymbox-language";

/** The chosen language, else the browser's own, else English. */
export function language() {
  const wanted = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  return wanted in WORDS ? wanted : "en";
}

export function t(key) {
  return WORDS[language()][key] ?? en[key] ?? key;
}

export function switchLanguage() {
  localStorage.setItem(KEPT, language() === "en" ? "zh" : "en");
}

/** Put the words into what stands on the page already. */
export function applyLanguage() {
  document.documentElement.lang = language();
  document.getElementById("language").textContent = t("lang.other");
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
}

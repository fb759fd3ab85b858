// The words in the language that somebody reads. Pure.

import { en } from "./words.en.js";
import { zh } from "./words.zh.js";

export const LANGUAGES = { en, zh };

const HTML_LANG = { en: "en", zh: "zh-Hans" };

/** ?lang= decides; otherwise the first browser language that we speak; otherwise English. */
export function pickLanguage(search, preferred) {
  const wanted = [new URLSearchParams(search).get("lang"), ...(preferred ?? [])];
  for (const tag of wanted) {
    const language = (tag ?? "").toLowerCase().split(/[-_]/)[0];
    if (Object.hasOwn(LANGUAGES, language)) return language;
  }
  return "en";
}

/** t("key", {n: 3}): the words, with {n} filled in. A missing key shows itself, so that a test can see it. */
export function translator(language) {
  const words = LANGUAGES[language] ?? en;
  const t = (key, values = {}) =>
    (words[key] ?? en[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  t.has = (key) => Object.hasOwn(words, key);
  t.language = language;
  t.htmlLang = HTML_LANG[language] ?? "en";
  return t;
}

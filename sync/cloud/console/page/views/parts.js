// What several views show alike.

import { el } from "../dom.js";

const SHAPES = { ok: "●", online: "●", degraded: "▲", late: "▲", warning: "▲", failed: "■", offline: "■", critical: "■", never: "○", revoked: "✕", disabled: "✕", null: "○" };
const TONES = { ok: "good", online: "good", degraded: "warn", late: "warn", warning: "warn", failed: "bad", offline: "bad", critical: "bad" };

/** A state by shape, colour and word. */
export function state(t, key, group = "state") {
  return el("span", { class: `state ${TONES[key] ?? "none"}` },
    el("span", { class: "shape", "aria-hidden": "true" }, SHAPES[key] ?? "○"), " ", t(`${group}.${key ?? "unknown"}`));
}

export function heading(title, ...actions) {
  return el("div", { class: "heading" }, el("h1", {}, title), el("div", { class: "actions" }, actions));
}

export function empty(text) {
  return el("p", { class: "empty" }, text);
}

/** A table that becomes cards where it is narrow: every cell knows its column's name. */
export function table(caption, columns, rows) {
  return el("table", { class: "rows" },
    el("caption", { class: "sr" }, caption),
    el("thead", {}, el("tr", {}, columns.map((each) => el("th", { scope: "col" }, each)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, number) =>
      el("td", { "data-label": columns[number] }, el("div", {}, cell)))))));
}

export function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

export function section(title, ...content) {
  return el("section", { class: "card" }, el("h2", {}, title), content);
}

/** Numbers, words and objects as indented JSON. */
export function document_(value) {
  return el("pre", { class: "json", tabindex: "0" }, JSON.stringify(value, null, 2));
}

export function button(text, onclick, { key, kind = "" } = {}) {
  return el("button", { class: `button small ${kind}`, type: "button", onclick, "data-key": key }, text);
}

/** A secret that is shown this once. */
export function secret(value) {
  return el("input", { class: "secret", readonly: true, value, onfocus: (event) => event.target.select(), "aria-label": value });
}

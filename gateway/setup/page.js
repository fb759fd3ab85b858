// Making what a step shows. Text is always text: nothing that came from the network becomes markup.

import { t } from "./strings.js";

/** An element: el("p", { class: "note" }, "text", child); a property that is a function is a listener. */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") {
      element.addEventListener(key.slice(2), value);
    } else if (value === true) {
      element.setAttribute(key, "");
    } else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((each) => each !== null && each !== undefined && each !== false));
  return element;
}

/** An input under its label, with a line of help. */
export function field(label, properties = {}, help = "") {
  const input = el("input", { autocapitalize: "none", spellcheck: "false", ...properties });
  return { input, node: el("label", { class: "field" }, el("span", {}, label), input, help && el("small", {}, help)) };
}

export function select(label, options, chosen = "") {
  const input = el("select", {}, ...options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
  return { input, node: el("label", { class: "field" }, el("span", {}, label), input) };
}

/** One of several; `type` is "radio" or "checkbox". */
export function choice(type, name, value, text, { small = "", checked = false, onchange } = {}) {
  const input = el("input", { type, name, value, checked, onchange: onchange ?? (() => {}) });
  return { input, node: el("label", { class: "choice" }, input, el("span", {}, text, small && el("small", {}, small))) };
}

export function button(text, onclick) {
  return el("button", { type: "button", class: "button", onclick }, text);
}

export function item(title, small, ...more) {
  return el("li", { class: "item" }, el("div", {}, title, small && el("small", {}, small)), ...more);
}

/** Where the outcome of a trial is told, also to who cannot see it. */
export function result() {
  const node = el("p", { class: "result", role: "status", hidden: true });
  return {
    node,
    tell(ok, text) {
      node.dataset.ok = ok;
      node.textContent = text;
      node.hidden = false;
    },
    clear() {
      node.hidden = true;
    },
  };
}

/** Do something while its button waits; what goes wrong is told. */
export async function busy(pressed, work, onError) {
  const text = pressed.textContent;
  pressed.disabled = true;
  pressed.textContent = t("wait");
  try {
    return await work();
  } catch (error) {
    onError(explain(error));
    return undefined;
  } finally {
    pressed.disabled = false;
    pressed.textContent = text;
  }
}

/** Why something failed, in the reader's language where the page has words for it. */
export function explain(error) {
  const known = t(`problem.${error.slug}`);
  return known !== `problem.${error.slug}` ? known : error.reason || t("problem.other");
}

/** A name that may stand in addresses and topics: "Mat 1" becomes "mat-1"; "" when nothing is left. */
export function idOf(name) {
  return name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);
}

/** The first of name-1, name-2 ... that is not taken. */
export function freeName(name, taken, joint = "-") {
  let number = 1;
  while (taken.has(`${name}${joint}${number}`)) {
    number += 1;
  }
  return `${name}${joint}${number}`;
}

/** The id for a name that somebody typed; nothing there already is written over by it. */
export function newId(name, taken) {
  const id = idOf(name);
  if (id === "" || taken.has(id)) {
    throw Object.assign(new Error(), { slug: id === "" ? "name-missing" : "name-taken" });
  }
  return id;
}

/** A picture drawn, not linked: the page's rules let no address stand for an image that was never saved. */
export async function drawn(blob) {
  const bitmap = await createImageBitmap(blob);
  const canvas = el("canvas", { class: "picture", width: bitmap.width, height: bitmap.height, role: "img", "aria-label": t("cameras.picture") });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}

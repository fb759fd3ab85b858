// Touching the page: only what changed is written, so a screen that stays on for a month does little.

export const $ = (id) => document.getElementById(id);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setShown(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}

/** A data attribute, or none of it for null. */
export function setData(node, name, value) {
  if (value === null || value === false) {
    if (name in node.dataset) delete node.dataset[name];
  } else if (node.dataset[name] !== String(value)) {
    node.dataset[name] = String(value);
  }
}

export function setStyle(node, name, value) {
  if (node.style[name] !== value) node.style[name] = value;
}

/** Children for items, made anew only when the items differ. */
export function setChildren(node, items, make) {
  const key = JSON.stringify(items);
  if (node.dataset.items === key) return;
  node.dataset.items = key;
  node.replaceChildren(...items.map(make));
}

export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function button(className, text, onPress) {
  const node = element("button", className, text);
  node.type = "button";
  node.addEventListener("click", onPress);
  return node;
}

/** The fixed words of the page, in the translator's language. */
export function speak(t) {
  document.documentElement.lang = t.htmlLang;
  for (const node of document.querySelectorAll("[data-t]")) setText(node, t(node.dataset.t));
}

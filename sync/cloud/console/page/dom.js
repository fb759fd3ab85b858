// Making elements. Text is always text: nothing that a box or a person said is ever read as HTML.

/** el("p", {class: "x", onclick: f}, "text", child, [children], null) */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in PROPERTIES) made[PROPERTIES[key]] = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(3).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

const PROPERTIES = { value: "value", checked: "checked" };

/** Put other children in place; whoever has the focus keeps it, by `data-key`. */
export function fill(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...children.flat(3).filter((each) => each !== null && each !== undefined && each !== false));
  if (key) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** A dialog with a form; the promise is what `read` makes of it, or null when it was closed. */
export function ask({ title, body, confirm, cancel, danger = false, submit }) {
  return new Promise((resolve) => {
    const fault = el("p", { class: "fault", role: "alert", hidden: true });
    const button = el("button", { class: danger ? "button danger" : "button primary", type: "submit" }, confirm);
    const close = el("button", { class: "button", type: "button", onclick: () => dialog.close() }, cancel);
    const form = el("form", { method: "dialog" }, el("h2", { id: "ask-title" }, title), body, fault,
      el("div", { class: "actions end" }, close, button));
    const dialog = el("dialog", { "aria-labelledby": "ask-title" }, form);
    let answer = null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      fault.hidden = true;
      try {
        answer = (await submit(new FormData(form))) ?? true;
        dialog.close();
      } catch (error) {
        fault.textContent = error.reason || error.message;
        fault.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A labelled field. */
export function field(label, input, note) {
  return el("label", { class: "field" }, el("span", {}, label), input, note ? el("small", {}, note) : null);
}

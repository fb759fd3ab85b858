// What somebody may choose as they check in, at the kiosk and at their phone: exercise and band, as chips.

import { button, element, setChildren } from "./page.js";
import { exerciseName } from "./view.js";

export function exerciseChoices(exercises, t) {
  const known = exercises.map((id) => ({ id, name: exerciseName(id, t) }));
  return [{ id: null, name: t("choose.automatic") }, ...known];
}

export function bandChoices(bands, t) {
  const none = { id: null, name: t("choose.no_band"), live: null };
  const nearest = { id: "nearest", name: t("choose.nearest_band"), live: null };
  return [none, ...(bands.some((band) => band.located) ? [nearest] : []), ...bands];
}

/** @param {string|null} chosen id of the choice that holds; @param {Function} choose called with another */
export function showChips(node, choices, chosen, choose) {
  setChildren(node, choices, (choice) => {
    const chip = button("chip", choice.name, () => choose(choice.id));
    chip.dataset.id = choice.id ?? "";
    if (typeof choice.live === "boolean") chip.prepend(element("i", choice.live ? "dot on" : "dot"));
    return chip;
  });
  for (const chip of node.children) {
    chip.setAttribute("aria-pressed", String(chip.dataset.id === (chosen ?? "")));
  }
}

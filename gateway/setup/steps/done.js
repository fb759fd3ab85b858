// What works, what does not yet and why, and the ways on.

import { parts } from "../api.js";
import { el, item } from "../page.js";
import { t } from "../strings.js";

const EVERY_MS = 2000;

export const done = {
  id: "done",
  isDone: () => false,
  show(config) {
    const summary = el("p", { class: "result", role: "status" }, t("wait"));
    const list = el("ul", { class: "items" });
    async function look() {
      const states = Object.entries(await parts());
      const troubled = states.filter(([, part]) => part.state !== "ok");
      summary.dataset.ok = troubled.length === 0 || (troubled.some(([, part]) => part.state === "failed") ? "false" : "");
      summary.textContent = troubled.length ? t("done.not_yet") : t("done.all_well");
      list.replaceChildren(...troubled.map(([name, part]) => {
        const row = item("", part.reason);
        row.firstChild.prepend(el("span", { class: "dot", "data-state": part.state, role: "img", "aria-label": t(`state.${part.state}`) }), name);
        return row;
      }));
    }
    look();
    const timer = setInterval(look, EVERY_MS);
    const kiosks = Object.entries(config.values.station ?? {}).map(([id, each]) =>
      el("a", { class: "button", href: `/kiosk/${id}` }, each.name || id));
    return {
      nodes: [summary, list, el("div", { class: "chips" }, el("a", { class: "button primary", href: "/console" }, t("done.console")), ...kiosks)],
      stop: () => clearInterval(timer),
    };
  },
};

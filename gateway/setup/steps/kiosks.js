// A screen for each station: its link signs it in, once and for good, until the token is revoked.

import { api } from "../api.js";
import { busy, button, el, item } from "../page.js";
import { t } from "../strings.js";

export const kiosks = {
  id: "kiosks",
  isDone: () => false,
  show(config, page) {
    const own = Object.entries(config.values.station ?? {});
    const rows = own.map(([id, station]) => {
      const make = button(t("kiosks.make"), () => busy(make, async () => {
        const made = await api.newKiosk(id);
        row.append(shown(made));
        make.remove();
      }, page.fail));
      const row = item(station.name || id, `/kiosk/${id}`, make);
      return row;
    });
    return { nodes: [rows.length ? el("ul", { class: "items" }, ...rows) : el("p", { class: "note" }, t("kiosks.none"))] };
  },
};

function shown(made) {
  const picture = new DOMParser().parseFromString(made.kiosk_qr, "image/svg+xml").documentElement;
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", t("kiosks.qr"));
  return el("div", { class: "qr" }, document.importNode(picture, true), el("p", { class: "note" }, t("kiosks.open")), el("a", { href: made.kiosk_url, target: "_blank", rel: "noopener" }, made.kiosk_url));
}

// Machines and bands that the broker carries: each that is heard can be taken as the gym's own.

import { api } from "../api.js";
import { button, el, explain, field, freeName, item, newId } from "../page.js";
import { t } from "../strings.js";

const EVERY_MS = 2000;

function told(device) {
  const values = Object.entries(device.values).slice(0, 3).map(([name, value]) => `${name.replace(/_[a-z]+$/, "").replaceAll("_", " ")} ${Math.round(value * 10) / 10}`);
  return [device.address, device.profile, ...values].join(" · ");
}

export const devices = {
  id: "devices",
  isDone: (config) => Object.keys(config.values.device ?? {}).length > 0,
  show(config, page) {
    const own = Object.entries(config.values.device ?? {});
    const taken = new Set(own.map(([id]) => id));
    const change = async (patch) => {
      try {
        await api.change(patch());
        await page.again();
      } catch (error) {
        page.fail(explain(error));
      }
    };
    const there = el("ul", { class: "items" }, ...own.map(([id, each]) =>
      item(id, `${each.address} · ${each.profile}`, button(t("remove"), () => change(() => ({ device: { [id]: null } }))))));
    const note = el("p", { class: "note", role: "status" }, t("devices.listening"));
    const heard = el("ul", { class: "items" });
    const rows = new Map();

    function offer(device) {
      const name = field(t("devices.name"), { maxlength: 63, value: freeName(device.kind.replaceAll("_", "-"), new Set([...taken, ...[...rows.values()].map((row) => row.name.input.value)])) });
      const adopt = button(t("devices.adopt"), () =>
        change(() => ({ device: { [newId(name.input.value, taken)]: { profile: device.profile, address: device.address } } })));
      const row = item("", "", name.node, adopt);
      heard.append(row);
      return { row, name };
    }

    async function listen() {
      try {
        const strangers = (await api.devices()).filter((each) => !each.adopted);
        for (const each of strangers) {
          if (!rows.has(each.id)) {
            rows.set(each.id, offer(each));
          }
          rows.get(each.id).row.firstChild.replaceChildren(t(`kind.${each.kind}`), el("small", {}, told(each)));
        }
        note.textContent = strangers.length ? t("devices.heard") : t("devices.listening");
      } catch (error) {
        note.textContent = explain(error);
      }
    }
    listen();
    const timer = setInterval(listen, EVERY_MS);
    return { nodes: [own.length ? there : null, note, heard].filter(Boolean), stop: () => clearInterval(timer) };
  },
};

// Stations: where one member trains; what watches there, what stands there, and what is counted.

import { api } from "../api.js";
import { busy, button, choice, el, explain, field, freeName, item, newId, select } from "../page.js";
import { t } from "../strings.js";

const EXERCISES = ["pushup", "squat", "situp", "pullup", "lunge", "curl", "jumping_jack"];
const USUAL = new Set(["pushup", "squat"]);
const BANDS = /heart/; // a band is worn, it stands nowhere

export const stations = {
  id: "stations",
  isDone: (config) => Object.keys(config.values.station ?? {}).length > 0,
  show(config, page) {
    const { station = {}, camera = {}, device = {} } = config.values;
    const own = Object.entries(station);
    const remove = (id) => async () => {
      try {
        await api.change({ station: { [id]: null } });
        await page.again();
      } catch (error) {
        page.fail(explain(error));
      }
    };
    const there = el("ul", { class: "items" }, ...own.map(([id, each]) =>
      item(each.name || id, [each.treadmill, each.camera, each.camera && each.exercises.map((one) => t(`exercise.${one}`)).join(", ")].filter(Boolean).join(" · "),
        button(t("remove"), remove(id)))));

    const used = new Set(own.flatMap(([, each]) => [each.treadmill, each.camera]));
    const machines = Object.keys(device).filter((id) => !BANDS.test(device[id].profile) && !own.some(([, each]) => each.treadmill === id));
    const watching = Object.keys(camera);
    const treadmill = select(t("stations.treadmill"), [["", t("none")], ...machines.map((id) => [id, id])], machines[0] ?? "");
    const freeCamera = watching.find((id) => !used.has(id)) ?? "";
    const seenBy = select(t("stations.camera"), [["", t("none")], ...watching.map((id) => [id, id])], machines.length ? "" : freeCamera);
    const names = new Set(own.map(([, each]) => each.name));
    const name = field(t("stations.name"), { maxlength: 60, value: machines[0] ?? freeName(t("stations.mat"), names, " ") });
    const counted = el("fieldset", {}, el("legend", {}, t("stations.exercises")),
      el("div", { class: "chips" }, ...EXERCISES.map((each) => choice("checkbox", "exercise", each, t(`exercise.${each}`), { checked: USUAL.has(each) }).node)));
    const shared = el("p", { class: "note" }, t("stations.shared"));
    const follow = () => {
      counted.hidden = !seenBy.input.value;
      shared.hidden = !used.has(seenBy.input.value);
    };
    seenBy.input.addEventListener("change", follow);
    follow();

    async function add() {
      const id = newId(name.input.value, new Set(Object.keys(station)));
      const chosen = [...counted.querySelectorAll("input:checked")].map((each) => each.value);
      if (!treadmill.input.value && !seenBy.input.value) {
        throw Object.assign(new Error(), { slug: "station-empty" });
      }
      const entry = { name: name.input.value.trim() };
      if (treadmill.input.value) {
        entry.treadmill = treadmill.input.value;
      }
      if (seenBy.input.value) {
        entry.camera = seenBy.input.value;
        entry.exercises = chosen;
      }
      await api.change({ station: { [id]: entry } });
      await page.again();
    }
    const save = button(t("stations.save"), () => busy(save, add, page.fail));
    const form = el("section", { class: "panel" }, el("h2", {}, t("stations.add")), name.node, el("div", { class: "pair" }, treadmill.node, seenBy.node), shared, counted, save);
    return { nodes: [own.length ? there : null, form].filter(Boolean) };
  },
};

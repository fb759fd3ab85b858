// Language, time zone, and the names of gym and box.

import { api } from "../api.js";
import { field, idOf, select } from "../page.js";
import { language, LANGUAGES, t } from "../strings.js";

function zones(chosen) {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return [...new Set([...known, "UTC", chosen])].sort().map((zone) => [zone, zone.replaceAll("_", " ")]);
}

export const gym = {
  id: "gym",
  isDone: (config) => "/box/gym_id" in config.origins,
  show(config) {
    const isNew = !gym.isDone(config);
    const box = config.values.box;
    const zone = isNew ? Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" : box.timezone;
    const spoken = isNew ? language() : box.language;
    const name = field(t("gym.name"), { maxlength: 63, value: isNew ? "" : box.gym_id, required: true }, t("gym.name_help"));
    const boxName = field(t("gym.box"), { maxlength: 63, value: box.id }, t("gym.box_help"));
    const speech = select(t("gym.language"), LANGUAGES, spoken);
    const time = select(t("gym.timezone"), zones(zone), zone);
    return {
      nodes: [name.node, boxName.node, speech.node, time.node],
      save: () =>
        api.change({
          box: {
            gym_id: idOf(name.input.value) || "gym",
            id: idOf(boxName.input.value) || "gymbox",
            language: speech.input.value,
            timezone: time.input.value,
          },
        }),
    };
  },
};

// The cloud, if the gym has one: the claim that its operator was given.

import { api } from "../api.js";
import { el, field } from "../page.js";
import { t } from "../strings.js";

export const cloud = {
  id: "cloud",
  isDone: (config) => "/cloud/url" in config.origins,
  async show() {
    const state = await api.identity().catch((error) => (error.status === 404 ? null : Promise.reject(error)));
    if (state === null || state.state === "enrolled") {
      return { nodes: [el("p", { class: "result", "data-ok": state !== null }, t(state === null ? "cloud.missing" : "cloud.enrolled"))] };
    }
    const url = field(t("cloud.url"), { maxlength: 512, placeholder: "https://fleet.example" });
    const claim = field(t("cloud.claim"), { maxlength: 256 }, t("cloud.claim_help"));
    const ca = el("textarea", { rows: 4, maxlength: 65536, spellcheck: "false" });
    const trusted = el("label", { class: "field" }, el("span", {}, t("cloud.ca")), ca, el("small", {}, t("cloud.ca_help")));
    return {
      nodes: [url.node, claim.node, trusted],
      async save() {
        if (claim.input.value.trim()) {
          await api.enrol({ claim: claim.input.value.trim(), url: url.input.value.trim(), ca: ca.value.trim() || null });
        }
      },
    };
  },
};

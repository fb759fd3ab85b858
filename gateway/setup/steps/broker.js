// The MQTT broker that machines and bands speak through: found, built in, or typed.

import { api } from "../api.js";
import { busy, button, choice, el, explain, field, result } from "../page.js";
import { t } from "../strings.js";
import { authority } from "./authority.js";

const BUILT_IN = "embedded";
const ENCRYPTED = "mqtts://";

export const broker = {
  id: "broker",
  isDone: (config) => "/mqtt/url" in config.origins,
  show(config, page) {
    const mqtt = config.values.mqtt;
    const found = el("fieldset", {}, el("legend", {}, t("broker.which")));
    const url = field(t("broker.address"), { maxlength: 512, placeholder: "mqtt://192.168.1.10", value: mqtt.url === BUILT_IN ? "" : mqtt.url });
    const username = field(t("username"), { maxlength: 128, value: mqtt.username ?? "" });
    const password = field(t("password"), { type: "password", maxlength: 512, autocomplete: "off" }, mqtt.password_file ? t("password_kept") : "");
    const outcome = result();
    const ca = authority(mqtt.ca, (reason) => outcome.tell(false, reason));
    let warned = false;
    const login = el("div", { class: "panel" }, url.node, el("div", { class: "pair" }, username.node, password.node), ca.node);
    const encrypted = () => url.input.value.trim().startsWith(ENCRYPTED);
    const offerAuthority = () => {
      ca.node.hidden = !encrypted();
    };
    url.input.addEventListener("input", offerAuthority);
    const tryIt = button(t("broker.try"), () => busy(tryIt, () => check(), (reason) => outcome.tell(false, reason)));
    login.append(tryIt, outcome.node);

    const chosen = () => found.querySelector("input:checked").value;
    const choose = () => {
      login.hidden = chosen() === BUILT_IN;
      if (chosen() !== BUILT_IN && chosen() !== "") {
        url.input.value = chosen();
      }
      offerAuthority();
      outcome.clear();
      warned = false;
    };
    const offer = (value, text, small, checked) => found.append(choice("radio", "broker", value, text, { small, checked, onchange: choose }).node);
    offer(BUILT_IN, t("broker.built_in"), t("broker.built_in_help"), mqtt.url === BUILT_IN);
    offer("", t("broker.other"), t("broker.other_help"), mqtt.url !== BUILT_IN);
    choose();

    async function check() {
      const answer = await api.tryBroker({
        url: url.input.value.trim(),
        username: username.input.value || null,
        password: password.input.value || null,
        ca: (encrypted() && ca.value()) || null,
      });
      outcome.tell(answer.ok, answer.ok ? t("broker.works") : advice(answer));
      return answer.ok;
    }

    async function look() {
      const note = el("p", { class: "note", role: "status" }, t("broker.looking"));
      found.append(note);
      try {
        const brokers = await api.brokers();
        brokers.forEach((each) => offer(each.url, each.name, each.url, false));
        note.textContent = brokers.length ? "" : t("broker.none");
      } catch (error) {
        note.textContent = explain(error);
      }
    }
    look();

    return {
      nodes: [found, login],
      async save() {
        if (chosen() === BUILT_IN) {
          await api.change({ mqtt: { url: BUILT_IN, username: "", password_file: "", ca: "", cert: "", key: "" } });
          return true;
        }
        if (!(await check()) && !warned) {
          warned = true; // pressed once more, it is saved though it does not work yet
          page.fail(t("broker.anyway"));
          return false;
        }
        const change = { url: url.input.value.trim(), username: username.input.value || "" };
        if (password.input.value) {
          change.password_file = await api.keepSecret("broker", password.input.value);
        } else if (!change.username) {
          change.password_file = "";
        }
        if (!encrypted()) {
          Object.assign(change, { ca: "", cert: "", key: "" });
        } else if (ca.value()) {
          change.ca = await api.keepAuthority("broker", ca.value());
        }
        await api.change({ mqtt: change });
        return true;
      },
    };
  },
};

/** Why it does not work, and what to do about it. */
function advice({ cause, reason }) {
  const known = t(`cause.${cause}`);
  return known === `cause.${cause}` ? reason : `${known} (${reason})`;
}

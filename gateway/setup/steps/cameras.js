// Cameras: found on the network or typed. What a camera shows is seen before it is saved.

import { api } from "../api.js";
import { busy, button, drawn, el, explain, field, freeName, item, newId, result, select } from "../page.js";
import { t } from "../strings.js";

// More pixels than this are scaled away before anything is counted.
const WIDE_ENOUGH_PX = 1920;

export const cameras = {
  id: "cameras",
  isDone: (config) => Object.keys(config.values.camera ?? {}).length > 0,
  show(config, page) {
    const saved = Object.entries(config.values.camera ?? {});
    const taken = new Set(saved.map(([id]) => id));
    const remove = (id) => async () => {
      try {
        await api.change({ camera: { [id]: null } });
        await page.again();
      } catch (error) {
        page.fail(explain(error));
      }
    };
    const there = el("ul", { class: "items" }, ...saved.map(([id, camera]) => item(id, camera.url, button(t("remove"), remove(id)))));
    const near = el("ul", { class: "items" });
    const note = el("p", { class: "note", role: "status" }, t("cameras.looking"));
    const form = added(taken, page);
    api.cameras().then(
      (found) => {
        note.textContent = found.length ? t("cameras.found") : t("cameras.none");
        near.replaceChildren(...found.map((each) =>
          item(each.name || each.hardware || each.address, [each.hardware, each.address].filter(Boolean).join(" · "), button(t("cameras.use"), () => form.use(each)))));
      },
      (error) => {
        note.textContent = explain(error);
      },
    );
    return { nodes: [saved.length ? there : null, note, near, form.node].filter(Boolean) };
  },
};

/** The form that adds a camera: address and login, then its picture, and only then its name and the saving. */
function added(taken, page) {
  let service = null;
  const heading = el("h2", {}, t("cameras.add"));
  const url = field(t("cameras.address"), { maxlength: 1024, placeholder: "rtsp://192.168.1.64/stream1" }, t("cameras.address_help"));
  const username = field(t("username"), { maxlength: 128 });
  const password = field(t("password"), { type: "password", maxlength: 512, autocomplete: "off" });
  const streams = el("div");
  const outcome = result();
  const seen = el("div", { class: "body", hidden: true });
  const login = () => ({ username: username.input.value || null, password: password.input.value || null });
  const look = button(t("cameras.look"), () => busy(look, picture, (reason) => outcome.tell(false, reason)));
  const node = el("section", { class: "panel" }, heading, url.node, el("div", { class: "pair" }, username.node, password.node), streams, look, outcome.node, seen);

  async function picture() {
    outcome.clear();
    seen.hidden = true;
    if (service !== null && !url.input.value) {
      await offerStreams();
    }
    const address = url.input.value.trim();
    const shown = await drawn(await api.picture({ url: address, ...login() }));
    const name = field(t("cameras.name"), { maxlength: 63, value: freeName("camera", taken) });
    const save = el("button", { type: "button", class: "button primary", onclick: () => busy(save, () => keep(address, name.input.value), page.fail) }, t("cameras.save"));
    seen.replaceChildren(shown, name.node, save);
    seen.hidden = false;
  }

  async function offerStreams() {
    const found = await api.streams({ service, ...login() });
    if (found.length === 0) {
      throw Object.assign(new Error(), { reason: t("cameras.no_streams") });
    }
    const best = found.find((each) => each.width <= WIDE_ENOUGH_PX) ?? found[0];
    const which = select(t("cameras.stream"), found.map((each) => [each.url, each.width ? `${each.name} · ${each.width} × ${each.height}` : each.name]), best.url);
    which.input.addEventListener("change", () => {
      url.input.value = which.input.value;
      seen.hidden = true;
    });
    streams.replaceChildren(which.node);
    url.input.value = best.url;
  }

  async function keep(address, name) {
    const id = newId(name, taken);
    const camera = { url: address };
    if (address.includes("://") && username.input.value) {
      camera.username = username.input.value;
      if (password.input.value) {
        camera.password_file = await api.keepSecret(`camera-${id}`, password.input.value);
      }
    }
    await api.change({ camera: { [id]: camera } });
    await page.again();
  }

  return {
    node,
    use(camera) {
      service = camera.service;
      heading.textContent = camera.name || camera.address;
      url.input.value = "";
      streams.replaceChildren();
      seen.hidden = true;
      outcome.tell("", t("cameras.login"));
      username.input.focus();
      node.scrollIntoView({ block: "nearest" });
    },
  };
}

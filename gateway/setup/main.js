// The setup: which step is shown, how one gets to the next, and where one was when coming back.

import { api } from "./api.js";
import { busy, el, explain } from "./page.js";
import { broker } from "./steps/broker.js";
import { cameras } from "./steps/cameras.js";
import { cloud } from "./steps/cloud.js";
import { devices } from "./steps/devices.js";
import { done } from "./steps/done.js";
import { gym } from "./steps/gym.js";
import { kiosks } from "./steps/kiosks.js";
import { owner } from "./steps/owner.js";
import { stations } from "./steps/stations.js";
import { applyLanguage, switchLanguage, t } from "./strings.js";

// Each step: id; isDone(config); show(config, page) -> { nodes, save?, stop? }, where save returns when the box has it.
const STEPS = [gym, broker, cameras, devices, stations, kiosks, cloud, done];

const at = (id) => document.getElementById(id);
const page = {
  /** Show the present step anew, from what the box says now. */
  again: () => show(current),
  fail,
};
let current = null;
let shown = null;
let config = null;

function fail(text) {
  at("error").textContent = text;
  at("error").hidden = !text;
}

function list() {
  at("steps").hidden = current === owner;
  at("steps").replaceChildren(
    ...STEPS.map((step) => {
      const state = step.isDone(config) ? "done" : "open";
      const here = step === current ? { "aria-current": "step" } : {};
      const name = el("span", { class: "sr" }, t(`${step.id}.title`));
      return el("li", { "data-state": state, ...here }, el("a", { href: `#${step.id}` }, name));
    }),
  );
}

async function show(step) {
  shown?.stop?.();
  fail("");
  const moved = current !== step;
  current = step;
  if (step !== owner) {
    config = await api.config();
    if (location.hash !== `#${step.id}`) {
      history.pushState(null, "", `#${step.id}`);
    }
  }
  applyLanguage();
  at("title").textContent = t(`${step.id}.title`);
  at("lead").textContent = t(`${step.id}.lead`);
  at("back").textContent = t("back");
  at("back").hidden = step === owner || step === STEPS[0];
  at("next").textContent = t(step === owner ? "owner.go" : "next");
  at("next").hidden = step === done;
  if (config !== null) {
    list();
  }
  shown = await step.show(config, page);
  at("body").replaceChildren(...shown.nodes);
  if (moved) {
    at("title").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}

const neighbour = (by) => STEPS[STEPS.indexOf(current) + by];

async function goOn(event) {
  event.preventDefault();
  fail("");
  await busy(at("next"), async () => {
    if ((await shown.save?.()) !== false) {
      await show(current === owner ? firstOpen(await api.config()) : neighbour(1));
    }
  }, fail);
  at("next").textContent = t(current === owner ? "owner.go" : "next");
}

function firstOpen(values) {
  return STEPS.find((step) => !step.isDone(values)) ?? done;
}

async function begin() {
  if (!(await api.state()).claimed) {
    await show(owner);
    return;
  }
  try {
    await api.whoAmI();
  } catch (error) {
    if (error.status === 401) {
      location.replace("/login?next=/setup");
      return;
    }
    throw error;
  }
  const wanted = STEPS.find((step) => location.hash === `#${step.id}`);
  await show(wanted ?? firstOpen(await api.config()));
}

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    if (error.status === 401) {
      location.replace("/login?next=/setup");
    } else {
      fail(explain(error));
    }
  }
}

at("step").addEventListener("submit", (event) => guarded(() => goOn(event)));
at("back").addEventListener("click", () => guarded(() => show(neighbour(-1))));
at("language").addEventListener("click", () => {
  switchLanguage();
  guarded(page.again);
});
window.addEventListener("hashchange", () => {
  const step = STEPS.find((each) => location.hash === `#${each.id}`);
  if (step !== undefined && step !== current && current !== owner && config !== null) {
    guarded(() => show(step));
  }
});
applyLanguage();
guarded(begin);

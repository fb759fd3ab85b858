// Puts a view on the page. Decides nothing: view.js has decided.

import { clock } from "./format.js";
import { $, element, setChildren, setData, setShown, setText } from "./page.js";
import { Skeleton } from "./skeleton.js";

const VIEWS = ["live", "welcome", "choices", "summary"];
const PULSE = [
  { transform: "scale(1)" },
  { transform: "scale(1.035)", offset: 0.35 },
  { transform: "scale(1)" },
];

export class Screen {
  constructor() {
    this.root = document.documentElement;
    this.skeleton = new Skeleton($("skeleton"));
    this.pose = undefined;
    this.arcs = [...document.querySelectorAll(".ring-arc")];
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  }

  show(view, address, t) {
    setData(this.root, "mode", view.mode);
    setData(this.root, "stale", view.stale);
    for (const name of VIEWS) setShown($(name), view.mode === name);
    setText($("station"), view.station);
    setText($("wall"), clock(new Date()));
    setShown($("banner"), view.banner !== null);
    setText($("banner"), view.banner ?? "");
    this.showAlert(view.alerts);
    this.showMessage(view.mode, address, t);
    if (view.live) this.showLive(view.live);
    setChildren($("ready"), view.ready, readyChip);
    setText($("safety"), view.safety);
    if (view.summary) this.showSummary(view.summary);
  }

  showLive(live) {
    setData(this.root, "layout", live.layout);
    setText($("initial"), live.initial);
    setText($("name"), live.name);
    setText($("timer"), live.timer);
    setShown($("reps"), live.reps !== null);
    setShown($("stage"), live.stage !== null);
    setShown($("heart"), live.heart !== null);
    setShown($("belt"), live.belt !== null);
    if (live.reps) this.showReps(live.reps);
    if (live.stage) this.showStage(live.stage);
    if (live.heart) showHeart(live.heart);
    if (live.belt) showBelt(live.belt, live.step);
  }

  showReps(reps) {
    setData($("reps"), "live", reps.live);
    setText($("reps-name"), reps.name);
    setData($("reps-phase"), "phase", reps.phase ?? "");
    setText($("reps-phase").querySelector("span"), reps.phaseName);
    setText($("count"), reps.count);
    setData($("ring"), "digits", reps.count.length);
    setText($("count-note"), reps.note);
    setText($("tempo"), reps.tempo);
    setData($("form"), "good", reps.form?.good ?? false);
    setText($("form"), reps.form?.text ?? "");
    setChildren($("partials").querySelector(".marks"), Array(reps.marks).fill(0), () => element("i"));
    setText($("partials").querySelector(".partials-text"), reps.partialText);
    setText($("spoken"), reps.spoken);
    const filled = (reps.depth ?? 0) * 100;
    for (const arc of this.arcs) {
      arc.style.strokeDashoffset = String(100 - filled);
      arc.style.opacity = filled < 0.5 ? "0" : "1";
    }
  }

  showStage({ pose, note }) {
    setText($("stage-note"), note);
    if (pose !== this.pose || pose !== null) this.skeleton.draw(pose);
    this.pose = pose;
  }

  /** A short pulse: a rep has landed. */
  pulse() {
    if (this.calm.matches) return;
    $("ring").animate(PULSE, { duration: 380, easing: "ease-out" });
  }

  showAlert(alert) {
    const node = $("alert");
    setShown(node, alert !== null);
    if (alert === null) return;
    setData(node, "level", alert.level);
    setText(node.querySelector("strong"), alert.title);
    setText(node.querySelector("span"), alert.reason);
    setText(node.querySelector("em"), alert.more);
  }

  showMessage(mode, address, t) {
    const shown = mode === "denied" || mode === "missing" || mode === "loading";
    setShown($("message"), shown);
    if (!shown) return;
    const { id, openWith } = address;
    setText($("message-title"), mode === "loading" ? t("loading") : t(`${mode}.title`, { id }));
    setText($("message-text"), mode === "loading" ? "" : t(`${mode}.text`));
    const code = `gymbox token create --role kiosk --station ${id}\n${openWith}`;
    setText($("message-code"), mode === "denied" ? code : "");
    setText($("message-note"), mode === "denied" ? t("denied.note") : "");
  }

  showSummary({ title, facts }) {
    setText($("summary-title"), title);
    setChildren($("summary-facts"), facts, (fact) => {
      const row = element("div");
      const value = element("dd");
      value.append(element("span", "num", fact.value), ` `, element("span", "unit", fact.unit));
      row.append(element("dt", "label", fact.label), value);
      return row;
    });
  }
}

function showHeart(heart) {
  setData($("heart"), "zone", heart.zone ?? "");
  setText($("bpm"), heart.bpm);
  setText($("zone-number"), heart.zoneText);
  setText($("zone-name"), heart.zoneName);
  setText($("heart-note"), heart.note);
}

function showBelt(belt, step) {
  setText($("speed"), belt.speed);
  setText($("speed-target"), step.speed);
  setText($("incline"), belt.incline);
  setText($("incline-target"), step.incline);
  setText($("distance"), belt.distance.text);
  setText($("distance-unit"), belt.distance.unit);
  setText($("energy"), belt.energy);
  setText($("belt-elapsed"), belt.elapsed);
  setText($("belt-note"), belt.note);
  setText($("step-left"), belt.note ? "" : step.left);
}

function readyChip({ name, ok, word }) {
  const chip = element("li", ok ? "ready-yes" : "ready-no");
  chip.append(element("i"), element("span", "", name), ` `, element("span", "ready-word", word));
  return chip;
}

// Puts a view on the page. Decides nothing: view.js has decided.

import { clock } from "./format.js";
import { $, element, setChildren, setData, setShown, setStyle, setText } from "./page.js";
import { showAbsence, showPlan, showSummary } from "./scenes.js";
import { Skeleton } from "./skeleton.js";

/** Which modes each part of the page is for. */
const VIEWS = {
  live: ["live"],
  plan: ["plan"],
  welcome: ["welcome", "pin"],
  choices: ["choices"],
  summary: ["summary"],
  attract: ["attract"],
  out: ["out"],
};
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
    this.picture = null;
    this.code = null;
    this.arcs = [...document.querySelectorAll(".ring-arc")];
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  }

  show(view, address, t) {
    setData(this.root, "mode", view.mode);
    setData(this.root, "stale", view.stale);
    for (const [name, modes] of Object.entries(VIEWS)) setShown($(name), modes.includes(view.mode));
    setText($("station"), view.station);
    const now = clock(new Date());
    setText($("wall"), now);
    setText($("attract-time"), now);
    setText($("out-why"), view.outage);
    if (view.person) showPerson(view.person);
    setShown($("banner"), view.banner !== null);
    setText($("banner"), view.banner ?? "");
    this.showAlert(view.alerts);
    this.showMessage(view.mode, address, t);
    if (view.live) this.showLive(view.live);
    if (view.plan) showPlan(view.plan);
    showAbsence(view.absence);
    setChildren($("ready"), view.ready, readyChip);
    setText($("safety"), view.safety);
    if (view.summary) showSummary(view.summary);
  }

  showLive(live) {
    setData(this.root, "layout", live.layout);
    setShown($("reps"), live.reps !== null);
    setShown($("stage"), live.stage !== null);
    setShown($("heart"), live.heart !== null);
    setShown($("belt"), live.belt !== null);
    setShown($("course"), live.course !== null);
    if (live.reps) this.showReps(live.reps);
    this.showRest(live.rest, live.reps);
    if (live.stage) this.showStage(live.stage);
    if (live.heart) this.showHeart(live.heart);
    if (live.belt) showBelt(live.belt, live.step);
    if (live.course) showCourse(live.course);
  }

  showReps(reps) {
    setData($("reps"), "live", reps.live);
    setData($("reps-phase"), "phase", reps.phase ?? "");
    setText($("reps-phase").querySelector("span"), reps.phaseName);
    setText($("count"), reps.count);
    setData($("ring"), "digits", reps.count.length);
    setText($("count-note"), reps.note);
    setText($("set"), reps.set);
    setText($("tempo"), reps.tempo);
    const [down, up] = $("tempo-bar").children;
    setStyle(down, "width", `${reps.tempoParts.down * 100}%`);
    setStyle(up, "width", `${reps.tempoParts.up * 100}%`);
    setData($("form"), "good", reps.form?.good ?? false);
    setText($("form"), reps.form?.text ?? "");
    setChildren($("partials").querySelector(".marks"), Array(reps.marks).fill(0), () => element("i"));
    setText($("partials").querySelector(".partials-text"), reps.partialText);
    setText($("spoken"), reps.spoken);
    const filled = (reps.depth ?? 0) * 100;
    for (const arc of this.arcs) {
      setStyle(arc, "strokeDashoffset", String(100 - filled));
      setStyle(arc, "opacity", filled < 0.5 ? "0" : "1");
    }
  }

  showRest(rest, reps) {
    setData($("reps"), "rest", rest !== null);
    setShown($("rest"), rest !== null);
    if (reps) setText($("reps-name"), rest === null ? reps.name : reps.spoken);
    if (rest === null) return;
    setData($("rest"), "over", rest.over);
    setText($("rest-time"), rest.time);
    setShown($("rest-left").parentElement, rest.share !== null);
    setStyle($("rest-left"), "width", `${(rest.share ?? 0) * 100}%`);
    setText($("rest-next"), rest.next);
  }

  showHeart(heart) {
    const before = $("heart").dataset.zone ?? "";
    const zone = String(heart.zone ?? "");
    setData($("heart"), "zone", zone);
    if (before !== "" && zone !== "" && zone !== before) this.lift($("zone"));
    setText($("bpm"), heart.bpm);
    setText($("zone-number"), heart.zoneText);
    setText($("zone-name"), heart.zoneName);
    setText($("heart-note"), heart.note);
    [...$("zones").children].forEach((mark, index) => setData(mark, "wanted", heart.wanted === index + 1));
  }

  showStage({ pose, picture, choice, note }) {
    setText($("stage-note"), note);
    setShown($("stage-choice"), choice !== "");
    $("stage-choice").ariaLabel = choice;
    setData($("stage-choice"), "on", picture !== null);
    setData($("stage"), "picture", picture !== null);
    if (pose !== this.pose || picture !== this.picture || pose !== null) this.skeleton.draw(pose, picture);
    this.pose = pose;
    this.picture = picture;
  }

  /** @param {string|null} code with which a phone checks in, an SVG */
  showHandover(code, t) {
    setShown($("handover"), code !== null);
    if (code === null || code === this.code) return;
    this.code = code;
    const drawn = document.importNode(new DOMParser().parseFromString(code, "image/svg+xml").documentElement, true);
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", t("welcome.code"));
    $("handover-code").replaceChildren(drawn);
  }

  /** A short pulse: a rep has landed, a zone is another. */
  lift(node) {
    if (!this.calm.matches) node.animate(PULSE, { duration: 380, easing: "ease-out" });
  }

  pulse() {
    this.lift($("ring"));
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
}

function showPerson({ initial, name, timer }) {
  setText($("initial"), initial);
  setText($("name"), name);
  setText($("timer"), timer);
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

function showCourse(course) {
  setText($("course-title"), course.title);
  setText($("course-next"), course.next);
  setText($("course-done"), course.done);
  setText($("course-left"), course.left);
  setChildren($("course-bars"), course.bars, ({ seconds, height, when }) => {
    const bar = element("i");
    bar.style.flexGrow = String(seconds);
    bar.style.height = `${height * 100}%`;
    bar.dataset.when = when;
    return bar;
  });
  setStyle($("course-now"), "left", `${course.share * 100}%`);
}

function readyChip({ name, ok, word }) {
  const chip = element("li", ok ? "ready-yes" : "ready-no");
  chip.append(element("i"), element("span", "", name), ` `, element("span", "ready-word", word));
  return chip;
}

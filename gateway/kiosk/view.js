// What the page shows for what the box said. Pure: snapshot in, words and numbers out.
// The rule that everything here obeys: a value that is not live now is UNKNOWN, never its last value.

import { holdOf, stepOf } from "./control.js";
import { courseOf } from "./course.js";
import { UNKNOWN, clamp, distance, duration, fixed, initial, isNumber, whole } from "./format.js";
import { alertsOf, outageOf } from "./outage.js";
import { planOf, setsOf, tomorrowOf } from "./plan.js";
import { absenceOf } from "./presence.js";
import { restOf } from "./rest.js";

const POSE_MAX_AGE_S = 1;
const PARTIAL_MARKS = 8;
const REFUSED_BEFORE_HINT = 2; // one is what people do to get into position
const SLOWEST_TEMPO_S = 5; // fills the tempo bar

/**
 * @param {object} state what the page knows
 *   snapshot: the newest station snapshot or null; sinceSnapshot_s: its age on this page's clock
 *   link: {live, lost, problem}; checkin: its state; summary: ended session or null; alone: nobody is near
 *   trainer: {plan, open, steps} as far as the box has told them
 *   picture: {shown, off}: the newest blurred picture or null, and whether the person wants none
 * @param {Function} t translator
 */
export function viewOf(state, t) {
  const { snapshot, link } = state;
  const outage = snapshot && link.live ? outageOf(snapshot, t) : null;
  const mode = modeOf(state, outage);
  return {
    mode,
    stale: !link.live,
    banner: link.lost && mode !== "denied" && mode !== "missing" ? t("banner.lost") : null,
    station: snapshot?.station?.name ?? "",
    alerts: link.live && mode !== "out" ? alertsOf(snapshot?.alerts ?? [], t) : null,
    outage: mode === "out" ? outage : "",
    person: snapshot?.session ? personOf(state) : null,
    live: mode === "live" ? liveOf(state, t) : null,
    plan: mode === "plan" ? planOf(state.trainer.plan, t) : null,
    absence: snapshot?.session && link.live ? absenceOf(snapshot.session, state.sinceSnapshot_s, t) : null,
    safety: mode === "welcome" && snapshot.treadmill ? t("belt.safety") : "",
    ready: mode === "welcome" && link.live ? readyOf(snapshot, t) : [],
    summary: mode === "summary" ? summaryOf(state.summary, t) : null,
  };
}

function modeOf({ snapshot, link, summary, checkin, alone, trainer }, outage) {
  if (link.problem === "denied" || link.problem === "missing") return link.problem;
  if (!snapshot) return "loading";
  if (snapshot.session) return trainer?.open ? "plan" : "live";
  if (summary) return "summary";
  if (outage) return "out";
  if (checkin && checkin.step !== "member") return checkin.step;
  return alone ? "attract" : "welcome";
}

function personOf({ snapshot: { session }, sinceSnapshot_s }) {
  const elapsed = isNumber(session.elapsed_s) ? session.elapsed_s + sinceSnapshot_s : null;
  return {
    name: session.short_name,
    initial: initial(session.short_name),
    timer: duration(elapsed),
  };
}

function liveOf({ snapshot, link, sinceSnapshot_s, trainer, picture }, t) {
  const control = link.live ? snapshot.control : null;
  const planned = setsOf(trainer?.plan, snapshot.exercise);
  const rests = snapshot.camera && isCounting(snapshot, link);
  return {
    layout: layoutOf(snapshot),
    reps: snapshot.camera ? repsOf(snapshot, link, planned, t) : null,
    rest: rests ? restOf(snapshot, planned, sinceSnapshot_s, t) : null,
    course: snapshot.camera ? null : courseOf(trainer?.steps, control?.step, t),
    stage: snapshot.camera ? stageOf(snapshot, link, picture, t) : null,
    heart: snapshot.heart_rate ? heartOf(snapshot.heart_rate, link, control?.step, t) : null,
    belt: snapshot.treadmill ? beltOf(snapshot.treadmill, link, t) : null,
    step: stepOf(control, t),
    hold: holdOf(control, t),
  };
}

export function layoutOf({ camera, treadmill, heart_rate: heart }) {
  const place = camera ? (treadmill ? "both" : "camera") : treadmill ? "treadmill" : "bare";
  return `${place}${heart ? " heart" : ""}`;
}

export function exerciseName(exercise, t) {
  if (!exercise) return "";
  const key = `exercise.${exercise}`;
  return t.has(key) ? t(key) : exercise.replaceAll("_", " ");
}

/** Nobody counts: the box is lost, its camera is blind, or what looks at the pictures is down. */
export function isCounting(snapshot, link) {
  if (!link.live || snapshot.camera.state !== "ok") return false;
  const down = (snapshot.alerts ?? []).some((alert) => alert.part === "vision" && alert.level !== "ok");
  return !(down && snapshot.pose === null && snapshot.phase === "unknown");
}

function repsOf(snapshot, link, planned, t) {
  const counting = isCounting(snapshot, link);
  const exercise = snapshot.exercise ?? snapshot.session.exercise;
  const name = exerciseName(exercise, t);
  const partials = isNumber(snapshot.partials) ? snapshot.partials : 0;
  const moving = counting && (snapshot.phase === "up" || snapshot.phase === "down");
  return {
    count: whole(snapshot.reps),
    name: name || (counting ? t("live.move") : UNKNOWN),
    note: countNote(link, counting, t),
    live: counting,
    depth: counting && isNumber(snapshot.depth) ? clamp(snapshot.depth, 0, 1) : null,
    phase: moving ? snapshot.phase : null,
    phaseName: moving ? t(`phase.${snapshot.phase}`) : "",
    set: counting ? setOf(snapshot, planned, t) : "",
    tempo: counting && isNumber(snapshot.tempo_s) ? `${fixed(snapshot.tempo_s, 1)} s` : UNKNOWN,
    tempoParts: counting ? tempoOf(snapshot) : { down: 0, up: 0 },
    partials,
    marks: Math.min(partials, PARTIAL_MARKS),
    form: counting ? (refusalOf(snapshot.refused, t) ?? formOf(snapshot.form, t)) : null,
    partialText: partials > 0 ? t("live.partial", { n: partials }) : "",
    spoken: name && isNumber(snapshot.reps) ? t("live.count", { n: snapshot.reps, exercise: name }) : "",
  };
}

/** Which set of the plan this is. */
function setOf({ exercise, session }, planned, t) {
  if (!planned) return "";
  const n = Math.min(Math.max(1, session.sets[exercise] ?? 1), planned.sets);
  const values = { n, count: planned.sets, reps: planned.reps };
  return t(isNumber(planned.reps) ? "plan.set" : "plan.set_held", values);
}

/** How the last repetition's time was shared out, as shares of the tempo bar. */
function tempoOf({ form, tempo_s: tempo }) {
  const { eccentric_s: down, concentric_s: up } = form ?? {};
  const share = (seconds) => (isNumber(seconds) ? clamp(seconds / SLOWEST_TEMPO_S, 0, 1) : 0);
  if (isNumber(down) && isNumber(up)) return { down: share(down), up: share(up) };
  return { down: 0, up: share(tempo) };
}

/** Why nothing is counted although somebody moves. */
function refusalOf(refused, t) {
  return refused >= REFUSED_BEFORE_HINT ? { text: t("live.refused"), good: false } : null;
}

/** What to mend in the next rep, or praise; nothing when too little was seen of the last one. */
function formOf(form, t) {
  const key = `form.${form?.verdict}`;
  return t.has(key) ? { text: t(key), good: form.verdict === "good" } : null;
}

function countNote(link, counting, t) {
  if (!link.live) return t("live.last_count");
  return counting ? "" : t("live.paused");
}

/** Is there a blurred picture to show of who trains? */
export function hasPicture(snapshot, link) {
  return Boolean(snapshot?.session && snapshot.camera?.stage === "blurred_video") && isCounting(snapshot, link);
}

function stageOf(snapshot, link, picture, t) {
  const { pose, camera } = snapshot;
  const nothing = { pose: null, picture: null, choice: "", note: "" };
  if (!link.live) return nothing;
  if (camera.state !== "ok") return { ...nothing, note: cameraWords(camera.state, t) };
  if (!isCounting(snapshot, link)) return { ...nothing, note: t("live.paused") };
  const seen = pose && isNumber(pose.age_s) && pose.age_s <= POSE_MAX_AGE_S;
  return {
    pose: seen ? pose : null,
    picture: picture?.shown ?? null,
    choice: hasPicture(snapshot, link) ? t(picture?.off ? "stage.show" : "stage.hide") : "",
    note: seen ? "" : t("stage.empty"),
  };
}

export function cameraWords(state, t) {
  const key = `camera.${state}`;
  return t.has(key) ? t(key) : t("camera.unknown");
}

function heartOf(heart, link, step, t) {
  const heard = link.live && heart.link === "live";
  const touching = heart.contact !== false;
  const known = heard && touching && isNumber(heart.bpm);
  const zone = known && heart.zone >= 1 && heart.zone <= 5 ? heart.zone : null;
  let note = "";
  if (link.live && !heard) note = t("heart.silent");
  else if (heard && !touching) note = t("heart.contact");
  return {
    bpm: known ? whole(heart.bpm) : UNKNOWN,
    zone,
    wanted: step?.heart_rate_zone ?? null,
    zoneText: zone ? t("heart.zone", { n: zone }) : "",
    zoneName: known ? zoneName(zone, heart.fraction, t) : "",
    note,
  };
}

/** No zone has two meanings: too slow for the first one, or a maximum that nobody knows. */
function zoneName(zone, fraction, t) {
  if (zone) return t(`heart.${zone}`);
  return isNumber(fraction) ? t("heart.below") : "";
}

function beltOf(belt, link, t) {
  const heard = link.live && belt.link === "live";
  const value = (number) => (heard ? number : null);
  return {
    speed: fixed(value(belt.speed_kmh), 1),
    incline: fixed(value(belt.incline_percent), 1),
    distance: distance(value(belt.distance_m)),
    energy: whole(value(belt.energy_kcal)),
    elapsed: duration(value(belt.elapsed_s)),
    note: link.live && !heard ? t("belt.silent") : "",
  };
}

function readyOf({ treadmill, camera }, t) {
  const chips = [];
  if (treadmill) chips.push({ name: t("ready.treadmill"), ok: treadmill.link === "live" });
  if (camera) chips.push({ name: t("ready.camera"), ok: camera.state === "ok" });
  return chips.map((chip) => ({ ...chip, word: t(chip.ok ? "ready.yes" : "ready.no") }));
}

/** An ended session in a handful of facts. */
function summaryOf({ session, name, tomorrow }, t) {
  const lasted = (Date.parse(session.ended_at) - Date.parse(session.started_at)) / 1000;
  const facts = [{ label: t("summary.time"), value: duration(lasted), unit: "" }];
  for (const [exercise, reps] of repsByExercise(session.sets ?? [])) {
    facts.push({ label: exerciseName(exercise, t), value: whole(reps), unit: "" });
  }
  const run = session.treadmill?.distance_m;
  if (isNumber(run) && run > 0) {
    const { text, unit } = distance(run);
    facts.push({ label: t("summary.distance"), value: text, unit });
  }
  const mean = session.heart_rate?.mean_bpm;
  if (isNumber(mean)) facts.push({ label: t("summary.heart"), value: whole(mean), unit: "bpm" });
  return {
    title: name ? t("summary.title", { name }) : t("summary.title_plain"),
    facts,
    tomorrow: tomorrow ? tomorrowOf(tomorrow, t) : null,
  };
}

function repsByExercise(sets) {
  const sums = new Map();
  for (const set of sets) sums.set(set.exercise, (sums.get(set.exercise) ?? 0) + set.reps);
  return [...sums].filter(([, reps]) => reps > 0);
}

/** A rep event is faster than the next snapshot: the snapshot as it will be. */
export function withRep(snapshot, rep) {
  if (!snapshot?.session || rep.partial || rep.exercise !== snapshot.exercise) return snapshot;
  if (!isNumber(rep.number) || rep.number <= (snapshot.reps ?? 0)) return snapshot;
  return { ...snapshot, reps: rep.number, form: rep.form, refused: 0 };
}

/** Did a rep land between two snapshots of one session, on one run of the box? */
export function repLanded(before, after) {
  if (!before?.session || !after?.session || before.session.id !== after.session.id) return false;
  if (before.exercise !== after.exercise || before.box_started_at !== after.box_started_at) return false;
  return after.reps > before.reps;
}

/** Did the heart go from one zone to another? */
export function zoneChanged(before, after) {
  const zones = [before, after].map((snapshot) => snapshot?.heart_rate?.zone ?? null);
  return before?.session?.id === after.session?.id && !zones.includes(null) && zones[0] !== zones[1];
}

/** Did the plan's pause end between two views? */
export function restOver(before, after) {
  return before?.live?.rest?.over === false && after.live?.rest?.over === true;
}

export function boxRestarted(before, after) {
  return Boolean(before) && before.box_started_at !== after.box_started_at;
}

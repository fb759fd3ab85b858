// Today's plan as the page shows it. Pure.

import { duration, fixed, isNumber } from "./format.js";

const MOST_ITEMS = 7; // of the main part: what four metres and a phone allow
const MOST_NAMES = 2; // of warm-up and cool-down
const RPE_PER_INTENSITY = 2; // intensity is 1 to 5, exertion as people know it 1 to 10
const NOTICED_MINUTES = 1;
const NOTICED_INTENSITY = 0.1;

/** @param {object} plan of GET /members/{id}/plan */
export function planOf(plan, t) {
  return {
    name: t(`plan.${plan.type}`),
    minutes: t("plan.minutes", { n: Math.round(plan.duration_minutes) }),
    ...effortOf(plan.intensity_score, t),
    sentence: plan.sentence,
    blocks: plan.blocks.map((block) => blockOf(block, plan.names, t)),
  };
}

function effortOf(intensity, t) {
  const effort = Math.round(intensity * RPE_PER_INTENSITY);
  return { effort, effortText: t("plan.effort", { n: effort }) };
}

function blockOf(block, names, t) {
  const items = block.items.map((item) => ({ name: names[item.exercise] ?? item.exercise, dose: doseOf(item, t) }));
  const isMain = block.kind === "main";
  const most = isMain ? MOST_ITEMS : MOST_NAMES;
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  const left = items.length - shown.length;
  const more = left > 0 ? t("plan.more", { n: left }) : "";
  return {
    name: t(`plan.${block.kind}`),
    minutes: minutesOf(block.duration_s, t),
    items: isMain ? shown : [],
    text: isMain ? more : [...shown.map((item) => item.name), more].filter(Boolean).join(t("plan.comma")),
  };
}

function doseOf(item, t) {
  const { sets, reps, hold_s: hold } = item;
  if (item.kind !== "sets") return minutesOf(item.duration_s, t);
  return isNumber(reps) ? t("plan.sets", { sets, reps }) : t("plan.held", { sets, seconds: fixed(hold, 0) });
}

function minutesOf(seconds, t) {
  return seconds < 60 ? duration(seconds) : t("plan.minutes", { n: Math.round(seconds / 60) });
}

/** The sets that the plan asks of an exercise, those of its main part first; null when it asks for none. */
export function setsOf(plan, exercise) {
  const blocks = [...(plan?.blocks ?? [])].sort((a, b) => Number(b.kind === "main") - Number(a.kind === "main"));
  const items = blocks.flatMap((block) => block.items);
  return items.find((item) => item.kind === "sets" && item.exercise === exercise) ?? null;
}

/** What comes tomorrow, and how it differs from today. @param {object} told of GET /sessions/{id}/tomorrow */
export function tomorrowOf(told, t) {
  return {
    name: t(`plan.${told.type}`),
    minutes: t("plan.minutes", { n: Math.round(told.duration_minutes) }),
    ...effortOf(told.intensity_score, t),
    change: changeOf(told, t),
    because: told.because ? t("summary.because", { why: told.because }) : "",
  };
}

function changeOf({ minutes_change: minutes, intensity_change: intensity }, t) {
  if (!isNumber(minutes) || !isNumber(intensity)) return "";
  const words = [];
  const n = Math.round(Math.abs(minutes));
  if (n >= NOTICED_MINUTES) words.push(t(minutes > 0 ? "summary.longer" : "summary.shorter", { n }));
  if (Math.abs(intensity) >= NOTICED_INTENSITY) words.push(t(intensity > 0 ? "summary.harder" : "summary.easier"));
  return words.join(t("plan.comma")) || t("summary.same");
}

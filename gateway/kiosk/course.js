// The steps at a machine as a profile: what is done, what is now, what comes. Pure.

import { duration, fixed, isNumber } from "./format.js";

const LOWEST = 0.22; // a bar that says nothing of its height is still one
const ZONES = 5;

/**
 * @param {object[]|null} steps of GET /sessions/{id}/steps
 * @param {{number: number, count: number, remaining_s: number}|null|undefined} now of the snapshot
 */
export function courseOf(steps, now, t) {
  if (!now || !steps || steps.length !== now.count || !steps[now.number]) return null;
  const total = sum(steps);
  const done = sum(steps.slice(0, now.number)) + steps[now.number].duration_s - now.remaining_s;
  const next = steps[now.number + 1];
  return {
    bars: barsOf(steps, now.number),
    share: total > 0 ? done / total : 0,
    title: `${t("course.step", { n: now.number + 1, count: now.count })} · ${leftOf(now, t)}`,
    next: next ? t("course.next", { target: targetOf(next, t) }) : t("course.last"),
    done: t("course.done", { time: duration(done) }),
    left: t("course.left", { time: duration(Math.ceil(total - done)) }),
  };
}

function leftOf(now, t) {
  return t("belt.step", { time: duration(Math.ceil(now.remaining_s)) });
}

function barsOf(steps, current) {
  const fastest = Math.max(...steps.map((step) => step.speed_kmh ?? 0), 1);
  const strongest = Math.max(...steps.map((step) => step.power_w ?? 0), 1);
  return steps.map((step, index) => ({
    seconds: step.duration_s,
    height: LOWEST + (1 - LOWEST) * share(step, fastest, strongest),
    zone: step.heart_rate_zone ?? null,
    when: index < current ? "past" : index === current ? "now" : "ahead",
  }));
}

function share(step, fastest, strongest) {
  if (isNumber(step.speed_kmh)) return step.speed_kmh / fastest;
  if (isNumber(step.heart_rate_zone)) return step.heart_rate_zone / ZONES;
  return isNumber(step.power_w) ? step.power_w / strongest : 0;
}

function targetOf(step, t) {
  const words = [];
  if (isNumber(step.speed_kmh)) words.push(`${fixed(step.speed_kmh, 1)} km/h`);
  else if (isNumber(step.heart_rate_zone)) words.push(t("heart.zone", { n: step.heart_rate_zone }));
  else if (isNumber(step.power_w)) words.push(`${fixed(step.power_w, 0)} W`);
  if (isNumber(step.incline_percent) && step.incline_percent !== 0) words.push(`${fixed(step.incline_percent, 1)} %`);
  return words.join(" · ") || t("course.free");
}

function sum(steps) {
  return steps.reduce((seconds, step) => seconds + step.duration_s, 0);
}

// The pause between two sets: how long it has lasted, and what the plan says comes next. Pure.

import { clamp, duration, isNumber } from "./format.js";

export const REST_AFTER_S = 8; // a slow repetition is over by then
const MOVING_DEPTH = 0.3;

/**
 * @param {object} snapshot of a station with a camera
 * @param {{sets: number, rest_s: number}|null} planned what the plan asks of the exercise
 * @param {number} since_s age of the snapshot
 * @returns null while a set is done, or before the first one
 */
export function restOf(snapshot, planned, since_s, t) {
  const { still_s: still } = snapshot.session;
  if (!isNumber(still) || still + since_s < REST_AFTER_S || isMoving(snapshot)) return null;
  const past = still + since_s;
  const left = planned ? planned.rest_s - past : null;
  const done = snapshot.session.sets[snapshot.exercise] ?? 1;
  return {
    time: left === null ? duration(past) : duration(Math.max(0, Math.ceil(left))),
    share: left === null ? null : clamp(left / planned.rest_s, 0, 1),
    over: left !== null && left <= 0,
    next: nextOf(planned, done, left, t),
  };
}

/** Somebody who stands between two sets is at the top of the movement. */
function isMoving({ phase, depth }) {
  return phase === "down" || (isNumber(depth) && depth >= MOVING_DEPTH);
}

function nextOf(planned, done, left, t) {
  if (!planned || done >= planned.sets) return t("rest.anything");
  return left <= 0 ? t("rest.go") : t("rest.next", { n: done + 1, count: planned.sets });
}

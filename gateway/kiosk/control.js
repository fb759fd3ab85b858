// A machine that the box may command: what its plan asks for, and why the box yields. Pure.

import { duration, fixed, isNumber } from "./format.js";

/** What the current step of the plan asks for, and how long it lasts; blank where it asks for nothing. */
export function stepOf(control, t) {
  const step = control?.step;
  if (!step) return { speed: "", incline: "", left: "" };
  const { speed_kmh: speed, incline_percent: incline } = step.targets;
  const zone = step.heart_rate_zone;
  return {
    speed: isNumber(zone) ? `→ ${t("heart.zone", { n: zone })}` : target(speed),
    incline: target(incline),
    left: t("belt.step", { time: duration(Math.ceil(step.remaining_s)) }),
  };
}

function target(value) {
  return isNumber(value) ? `→ ${fixed(value, 1)}` : "";
}

/** Why nothing is set now and what a person does about it; null when nothing hinders. */
export function holdOf(control, t) {
  if (!control?.hold) return null;
  const key = `hold.${control.hold}`;
  const { confirmable, drives } = control;
  let hint = t("hold.at_machine");
  if (confirmable) hint = drives ? t("hold.moves") : "";
  return { why: t.has(key) ? t(key) : t("hold.other"), hint, confirmable };
}

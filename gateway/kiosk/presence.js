// Is anybody there? Before a session the screen goes to rest; in one that nobody trains in, it asks. Pure.

import { duration, isNumber } from "./format.js";

export const REST_S = 40; // without a touch and with nobody in view

/** Notes signs of life; time comes in as seconds of a clock that only goes forward. */
export class Presence {
  constructor(now) {
    this.signAt = now;
  }

  /** A touch, a key, a card, somebody in front of the camera. */
  sign(now) {
    this.signAt = Math.max(this.signAt, now);
  }

  isAlone(now) {
    return now - this.signAt >= REST_S;
  }
}

/** The question before a session ends for absence; null while somebody is there. */
export function absenceOf({ ends_in_s: left }, since_s, t) {
  if (!isNumber(left)) return null;
  return { text: t("absent.text", { time: duration(Math.max(0, Math.ceil(left - since_s))) }) };
}

// When is the box lost, and when do we open its event stream anew? Pure: time comes in as seconds.

export const LOST_AFTER_S = 2.5; // the box speaks at least once a second; two missed beats and a little
const PATIENCE_S = 4; // an open or opening stream that says nothing for so long is replaced
const BACKOFF_FIRST_S = 0.5;
const BACKOFF_LAST_S = 3;

export class LinkPolicy {
  /** @param {() => number} random 0..1, spreads the kiosks of a gym after a restart of its box. */
  constructor(random = Math.random) {
    this.random = random;
    this.startedAt = null;
    this.heardAt = null;
    this.openedAt = null;
    this.failures = 0;
    this.waitUntil = null;
    this.leastBehind = Infinity; // of this stream: what the clocks of box and page differ by, and the line's delay
    this.late = false;
  }

  /** A stream is being opened. */
  opening(now) {
    this.leastBehind = Infinity;
    this.late = false;
    this.startedAt ??= now;
    this.openedAt = now;
    this.waitUntil = null;
  }

  /** An event came through that the box stamped `at`, on its own clock. */
  heard(now, at = now) {
    this.heardAt = now;
    this.failures = 0;
    this.leastBehind = Math.min(this.leastBehind, now - at);
    this.late = now - at - this.leastBehind > LOST_AFTER_S; // told long ago, held up on the way
  }

  /** The page slept: what it knows is of before. */
  slept(now) {
    this.heardAt = null;
    this.openedAt = null;
    this.startedAt = now;
    this.failures = 0;
  }

  /** The stream ended or could not be opened; returns the pause before the next try. */
  failed(now) {
    const pause = Math.min(BACKOFF_LAST_S, BACKOFF_FIRST_S * 2 ** this.failures);
    this.failures += 1;
    const spread = Math.max(BACKOFF_FIRST_S, pause * (0.8 + 0.2 * this.random()));
    this.waitUntil = now + spread;
    return spread;
  }

  isLive(now) {
    return this.heardAt !== null && !this.late && now - this.heardAt <= LOST_AFTER_S;
  }

  /** True when there is something to tell: never before the first stream had its fair chance. */
  isLost(now) {
    return this.startedAt !== null && now - (this.heardAt ?? this.startedAt) > LOST_AFTER_S;
  }

  /** "wait", "open" (the pause is over) or "replace" (the stream is mute). */
  decide(now, isClosed) {
    if (isClosed) {
      if (this.openedAt === null || (this.waitUntil !== null && now >= this.waitUntil)) return "open";
      if (this.waitUntil === null) this.failed(now);
      return "wait";
    }
    if (this.late) return "replace";
    return now - Math.max(this.openedAt, this.heardAt ?? this.openedAt) > PATIENCE_S ? "replace" : "wait";
  }
}

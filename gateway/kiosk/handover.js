// The code on the welcome screen with which a member goes on at their phone. Asks the box for it, knows no page.

const RETRY_S = 15;
const GRACE_S = 10; // while the next one is on its way; the box lets each hold longer

export class Handover {
  constructor({ api, onChange }) {
    this.api = api;
    this.onChange = onChange;
    this.asking = false;
    this.forget();
  }

  /** Somebody has checked in, or the box has begun anew: what it gave is worth nothing. */
  forget() {
    this.offer = null;
    this.askAt = -Infinity;
    this.round = {}; // an answer to an earlier question comes too late
  }

  /** The code to show now, an SVG, or null. @param {boolean} wanted somebody could scan it; @param now seconds */
  code(wanted, now) {
    if (!wanted) return null;
    if (!this.asking && now >= this.askAt) this.ask(now);
    return now < this.askAt + GRACE_S ? (this.offer?.qr ?? null) : null;
  }

  async ask(now) {
    const { round } = this;
    this.asking = true;
    const offer = await this.api.handover().catch(() => null); // an extra: people check in without it, too
    this.asking = false;
    if (round !== this.round) return;
    this.offer = offer;
    this.askAt = now + (offer?.renew_in_s ?? RETRY_S);
    this.onChange();
  }
}

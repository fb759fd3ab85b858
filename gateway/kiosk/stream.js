// The event stream of one station, kept open by a watchdog. Knows the browser, not the page.

import { LinkPolicy } from "./link.js";

const WATCH_EVERY_MS = 250;
const SLEPT_S = 3; // the clock on the wall goes on while the machine sleeps, the page's own does not

const seconds = () => performance.now() / 1000;

export class StationStream {
  /**
   * @param {{url: string, onState: Function, onRep: Function, onAlert: Function, onLink: Function,
   *          probe: () => Promise<string>}} options probe says why the stream cannot be opened
   */
  constructor({ url, onState, onRep, onAlert, onLink, probe }) {
    this.url = url;
    this.handlers = { state: onState, rep: onRep, alert: onAlert };
    this.onLink = onLink;
    this.probe = probe;
    this.policy = new LinkPolicy();
    this.source = null;
    this.timer = null;
    this.problem = null; // null | "denied" | "missing" | "unreachable"
    this.probing = false;
    this.told = "";
    this.apart = null; // how far the wall's clock is from the page's
  }

  start() {
    this.timer = setInterval(() => this.watch(), WATCH_EVERY_MS);
    this.watch();
  }

  stop() {
    clearInterval(this.timer);
    this.close();
  }

  watch() {
    const now = seconds();
    if (this.hasSlept(now)) {
      this.close();
      this.policy.slept(now);
    }
    const isClosed = this.source === null || this.source.readyState === EventSource.CLOSED;
    const decision = this.policy.decide(now, isClosed);
    if (decision === "replace") this.fail();
    if (decision === "open") this.open(now);
    this.tell(now);
  }

  hasSlept(now) {
    const apart = Date.now() / 1000 - now;
    const slept = this.apart !== null && apart - this.apart > SLEPT_S;
    this.apart = apart;
    return slept;
  }

  open(now) {
    this.close();
    this.policy.opening(now);
    const source = new EventSource(this.url);
    this.source = source;
    source.onerror = () => {
      if (source === this.source) this.fail();
    };
    for (const kind of Object.keys(this.handlers)) {
      source.addEventListener(kind, (event) => this.receive(source, kind, event.data));
    }
  }

  receive(source, kind, text) {
    if (source !== this.source) return;
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      console.warn(`kiosk: a ${kind} event that is not JSON was ignored`);
      return;
    }
    this.problem = null;
    if (kind === "state") this.policy.heard(seconds(), Date.parse(data.at) / 1000);
    this.handlers[kind](data);
    this.tell(seconds());
  }

  // The browser's own reconnect waits 3 s and gives up for good on an error answer, so it is not used.
  fail() {
    this.close();
    this.policy.failed(seconds());
    this.ask();
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  async ask() {
    if (this.probing) return;
    this.probing = true;
    const asked = this.policy.heardAt;
    const answer = await this.probe();
    this.probing = false;
    if (asked === this.policy.heardAt) this.problem = answer === "ok" ? null : answer;
    this.tell(seconds());
  }

  tell(now) {
    const link = { live: this.policy.isLive(now), lost: this.policy.isLost(now), problem: this.problem };
    const words = JSON.stringify(link);
    if (words === this.told) return;
    this.told = words;
    this.onLink(link);
  }
}

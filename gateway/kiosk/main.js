// The kiosk of one station: joins the stream, the view and the page. The page is drawn when something changed.

import { BoxApi } from "./api.js";
import { Confirm } from "./confirm.js";
import { Desk } from "./desk.js";
import { $, setText, speak } from "./page.js";
import { Screen } from "./screen.js";
import { StationStream } from "./stream.js";
import { pickLanguage, translator } from "./strings.js";
import { boxRestarted, repLanded, viewOf, withRep } from "./view.js";

class Kiosk {
  constructor(stationId) {
    this.stationId = stationId;
    this.api = new BoxApi(stationId);
    this.language = pickLanguage(location.search, navigator.languages);
    this.t = translator(this.language);
    this.screen = new Screen();
    this.desk = new Desk({ api: this.api, stationId, t: this.t, onChange: () => this.changed() });
    this.confirm = new Confirm({ api: this.api, t: this.t, onChange: () => this.changed() });
    this.snapshot = null;
    this.receivedAt = 0;
    this.link = { live: false, lost: false, problem: null };
    this.drawing = false;
    this.stream = new StationStream({
      url: this.api.eventsUrl,
      onState: (snapshot) => this.receive(snapshot),
      onRep: (rep) => this.receive(withRep(this.snapshot, rep), this.receivedAt),
      onAlert: () => {}, // the next snapshot carries the whole list
      onLink: (link) => this.relink(link),
      probe: () => this.api.probe(),
    });
  }

  start() {
    speak(this.t);
    setText($("language"), this.t("lang.other"));
    $("language").addEventListener("click", () => this.otherLanguage());
    window.addEventListener("resize", () => this.changed());
    this.desk.start();
    this.confirm.start();
    this.stream.start();
    setInterval(() => this.changed(), 1000); // the session timer and the clock on the wall
    this.changed();
  }

  receive(snapshot, at = performance.now()) {
    if (snapshot === null || snapshot === this.snapshot) return;
    if (repLanded(this.snapshot, snapshot)) this.screen.pulse();
    if (boxRestarted(this.snapshot, snapshot)) this.desk.learn();
    this.snapshot = snapshot;
    this.receivedAt = at;
    this.desk.follow(snapshot);
    this.changed();
  }

  relink(link) {
    this.link = link;
    this.changed();
  }

  changed() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.drawing = false;
    const view = viewOf(
      {
        snapshot: this.snapshot,
        sinceSnapshot_s: (performance.now() - this.receivedAt) / 1000,
        link: this.link,
        checkin: this.desk.checkin,
        summary: this.desk.summary,
      },
      this.t,
    );
    const openWith = `${location.origin}${location.pathname}?token=…`;
    this.screen.show(view, { id: this.stationId, openWith }, this.t);
    this.desk.show(this.link.live, this.snapshot);
    this.confirm.show(view.live?.hold ?? null);
  }

  otherLanguage() {
    const url = new URL(location.href);
    url.searchParams.set("lang", this.language === "zh" ? "en" : "zh");
    history.replaceState(null, "", url);
    this.language = pickLanguage(url.search, []);
    this.t = translator(this.language);
    this.desk.t = this.confirm.t = this.t;
    speak(this.t);
    setText($("language"), this.t("lang.other"));
    this.changed();
  }
}

function stationFromAddress() {
  const last = location.pathname.split("/").filter(Boolean).at(-1) ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

new Kiosk(stationFromAddress()).start();

// The kiosk of one station: joins the stream, the view and the page. The page is drawn when something changed.

import { BoxApi } from "./api.js";
import { errorWords } from "./checkin.js";
import { Confirm } from "./confirm.js";
import { Desk } from "./desk.js";
import { Handover } from "./handover.js";
import { Look } from "./look.js";
import { $, setData, setText } from "./page.js";
import { Picture } from "./picture.js";
import { Presence } from "./presence.js";
import { Screen } from "./screen.js";
import { Sounds } from "./sound.js";
import { StationStream } from "./stream.js";
import { Trainer } from "./trainer.js";
import { boxRestarted, hasPicture, repLanded, restOver, viewOf, withRep, zoneChanged } from "./view.js";

const seconds = () => performance.now() / 1000;

class Kiosk {
  constructor(stationId) {
    const onChange = () => this.changed();
    this.stationId = stationId;
    this.api = new BoxApi(stationId);
    this.screen = new Screen();
    this.sounds = new Sounds();
    this.presence = new Presence(seconds());
    const { search } = location;
    this.look = new Look({ search, languages: navigator.languages, sounds: this.sounds, onChange: () => this.respeak() });
    const { t } = this.look;
    this.desk = new Desk({ api: this.api, stationId, t, onChange });
    this.confirm = new Confirm({ api: this.api, t, onChange });
    this.trainer = new Trainer({ api: this.api, language: () => this.look.language, onChange });
    this.handover = new Handover({ api: this.api, onChange });
    this.picture = new Picture({ url: this.api.picturesUrl, onChange });
    this.small = window.matchMedia("(max-width: 600px)"); // a phone itself: nothing to scan, and no room for it
    this.snapshot = null;
    this.receivedAt = 0;
    this.view = null;
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
    this.look.start();
    window.addEventListener("resize", () => this.changed());
    for (const sign of ["pointerdown", "keydown"]) {
      window.addEventListener(sign, () => this.wake(), { capture: true });
    }
    this.desk.start();
    this.confirm.start();
    this.startPlan();
    this.stream.start();
    setInterval(() => this.changed(), 1000); // the session timer and the clock on the wall
    this.changed();
  }

  startPlan() {
    $("plan-start").addEventListener("click", () => this.trainer.answer(true));
    $("plan-refuse").addEventListener("click", () => this.trainer.answer(false));
    $("plan-shorter").addEventListener("click", () => this.trainer.adjust("shorter"));
    $("plan-easier").addEventListener("click", () => this.trainer.adjust("easier"));
    $("stage-choice").addEventListener("click", () => this.choosePicture());
    $("absent-here").addEventListener("click", () => this.sayHere());
    $("absent").addEventListener("cancel", (event) => event.preventDefault());
  }

  /** A touch, a key or a card. */
  wake() {
    this.presence.sign(seconds());
    if (this.view?.mode === "attract") this.draw(); // at once: the first key of a card is part of its number
    else this.changed();
  }

  receive(snapshot, at = performance.now()) {
    if (snapshot === null || snapshot === this.snapshot) return;
    const before = this.snapshot;
    if (repLanded(before, snapshot)) {
      this.screen.pulse();
      this.sounds.play("rep");
    }
    if (zoneChanged(before, snapshot)) this.sounds.play("zone");
    if (before === null || boxRestarted(before, snapshot)) this.desk.learnRegulars();
    if (boxRestarted(before, snapshot)) this.desk.learn();
    if (snapshot.session || snapshot.pose) this.presence.sign(seconds());
    if (before?.session?.id !== snapshot.session?.id) this.greet(snapshot.session);
    if (boxRestarted(before, snapshot)) this.handover.forget();
    this.snapshot = snapshot;
    this.receivedAt = at;
    this.desk.follow(snapshot);
    this.trainer.follow(snapshot);
    this.changed();
  }

  /** Somebody else trains, or nobody. */
  greet(session) {
    this.look.greet(session?.language);
    this.handover.forget();
    this.picture.off = false;
  }

  choosePicture() {
    this.picture.off = !this.picture.off;
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
    this.stream.watch(); // after a sleep what was live is not
    const { t } = this.look;
    const alone = this.presence.isAlone(seconds());
    const before = this.view;
    const onStage = !this.trainer.open && hasPicture(this.snapshot, this.link);
    const shown = this.picture.follow(onStage, seconds());
    const view = viewOf(
      {
        snapshot: this.snapshot,
        sinceSnapshot_s: (performance.now() - this.receivedAt) / 1000,
        link: this.link,
        checkin: this.desk.checkin,
        summary: this.desk.summary,
        trainer: this.trainer,
        alone,
        picture: { shown, off: this.picture.off },
      },
      t,
    );
    this.view = view;
    const openWith = `${location.origin}${location.pathname}?token=…`;
    this.screen.show(view, { id: this.stationId, openWith }, t);
    const scannable = view.mode === "welcome" && this.link.live && !this.small.matches;
    this.screen.showHandover(this.handover.code(scannable, seconds()), t);
    this.desk.show(this.link.live, this.snapshot);
    this.confirm.show(view.live?.hold ?? null);
    this.showTrainer();
    if (restOver(before, view)) this.sounds.play("rest");
    if (view.mode === "attract" && before?.mode !== "attract") this.goToRest();
  }

  showTrainer() {
    const { busy, error } = this.trainer;
    const { t } = this.look;
    setData($("plan"), "busy", busy);
    for (const id of ["plan-start", "plan-refuse", "plan-shorter", "plan-easier"]) {
      $(id).disabled = busy || !this.link.live;
    }
    setText($("plan-start"), t(busy ? "plan.waiting" : "plan.start"));
    setText($("plan-error"), error ? errorWords(error, t) : "");
  }

  /** Nobody is there: what the last one chose is forgotten, and who may tap their name is asked anew. */
  goToRest() {
    this.look.forget();
    this.desk.learnRegulars();
  }

  async sayHere() {
    const { session } = this.snapshot;
    try {
      await this.api.here(session.id);
    } catch {
      return; // the question stays, and so does the button
    }
  }

  /** The page speaks another language now. */
  respeak() {
    this.desk.t = this.confirm.t = this.look.t;
    this.trainer.relearn();
    this.changed();
  }
}

/** Where the browser allows it, the page comes up even while the box is down. */
async function stayAtHand() {
  try {
    await navigator.serviceWorker?.register("/kiosk/sw.js");
  } catch {
    return; // an extra: the launcher of the kiosk tries again by itself
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
stayAtHand();

// Checking in and out: the keys, the choices, the rating. Holds the state of checkin.js and asks the box.

import { IDLE_S, KEYS, SUMMARY_S, atRest, bandsOf, errorWords, orderOf, step, textOf } from "./checkin.js";
import { bandChoices, exerciseChoices, showChips } from "./choices.js";
import { $, button, element, setChildren, setData, setShown, setText } from "./page.js";

const RATINGS = Array.from({ length: 10 }, (_, index) => index + 1);

export class Desk {
  constructor({ api, stationId, t, onChange }) {
    this.api = api;
    this.stationId = stationId;
    this.t = t;
    this.onChange = onChange;
    this.checkin = atRest();
    this.summary = null;
    this.exercises = [];
    this.bands = [];
    this.regulars = [];
    this.session = null; // what is going on now, from the newest snapshot
    this.ending = false;
    this.idleTimer = null;
    this.summaryTimer = null;
  }

  start() {
    $("entry").addEventListener("input", () => this.act({ do: "type", text: $("entry").value }));
    $("member-form").addEventListener("submit", (event) => this.proceed(event));
    $("pin-back").addEventListener("click", () => this.act({ do: "back" }));
    $("back").addEventListener("click", () => this.act({ do: "back" }));
    $("start").addEventListener("click", () => this.send());
    $("end").addEventListener("click", () => this.askRating());
    $("finish-back").addEventListener("click", () => $("finish").close());
    $("finish-skip").addEventListener("click", () => this.finish(null));
    $("summary-done").addEventListener("click", () => this.forgetSummary());
    $("rpe").replaceChildren(
      ...RATINGS.map((rpe) => button("rpe-key num", String(rpe), () => this.finish(rpe))),
    );
    document.addEventListener("keydown", (event) => this.typeAnywhere(event));
  }

  /** A card reader types like a keyboard: let it, wherever the focus is. */
  typeAnywhere(event) {
    const elsewhere = document.activeElement?.matches("input, button") ?? false;
    if ($("welcome").hidden || elsewhere || event.key.length !== 1 || event.ctrlKey || event.metaKey) return;
    $("entry").focus();
  }

  /** The newest snapshot: a session that has begun or ended elsewhere ends what is open here. */
  follow(snapshot) {
    const before = this.session;
    this.session = snapshot.session;
    if (before?.id === this.session?.id) return;
    if ($("finish").open) $("finish").close();
    if (this.session) {
      this.forgetSummary();
      this.act({ do: "rest" });
    }
  }

  /** Who may tap their name here; learned when the screen wakes and when the box is back. */
  async learnRegulars() {
    try {
      this.regulars = (await this.api.regulars()).regulars;
    } catch {
      this.regulars = [];
    }
    this.onChange();
  }

  /** What can be chosen. Choices are extras: a screen that may not list devices still checks people in. */
  async learn() {
    const [stations, devices] = await Promise.allSettled([this.api.stations(), this.api.devices()]);
    const list = stations.value?.stations ?? stations.value ?? [];
    this.exercises = list.find?.((station) => station.id === this.stationId)?.exercises ?? [];
    this.bands = bandsOf(devices.value ?? []);
    this.onChange();
  }

  act(action) {
    this.checkin = step(this.checkin, action);
    clearTimeout(this.idleTimer);
    if (action.do !== "rest") this.idleTimer = setTimeout(() => this.act({ do: "rest" }), IDLE_S * 1000);
    this.onChange();
  }

  proceed(event) {
    event.preventDefault();
    this.act({ do: "continue" });
    if (this.checkin.step === "choices") this.learn();
  }

  async send() {
    if (this.checkin.sending) return;
    this.act({ do: "send" });
    try {
      await this.api.startSession(orderOf(this.checkin, this.stationId));
    } catch (error) {
      this.act({ do: "refused", error });
    }
  }

  askRating() {
    setText($("finish-error"), "");
    if (this.session && !$("finish").open) $("finish").showModal();
  }

  async finish(rpe) {
    const { session } = this;
    if (!session || this.ending) return;
    this.ending = true;
    try {
      const ended = await this.api.endSession(session.id, rpe);
      $("finish").close();
      this.keepSummary(ended?.sets ? ended : await this.api.session(session.id), session.short_name);
    } catch (error) {
      setText($("finish-error"), errorWords(error, this.t));
    } finally {
      this.ending = false;
    }
  }

  async learnTomorrow(summary) {
    try {
      summary.tomorrow = await this.api.tomorrow(summary.session.id, this.t.language);
      this.onChange();
    } catch {
      return; // an extra: without it the summary stands as it is
    }
  }

  keepSummary(session, name) {
    this.summary = { session, name, tomorrow: null };
    this.learnTomorrow(this.summary);
    clearTimeout(this.summaryTimer);
    this.summaryTimer = setTimeout(() => this.forgetSummary(), SUMMARY_S * 1000);
    this.onChange();
  }

  forgetSummary() {
    clearTimeout(this.summaryTimer);
    if (this.summary === null) return;
    this.summary = null;
    this.onChange();
  }

  show(live, snapshot) {
    const { checkin, t } = this;
    this.showEntry();
    this.showKeys();
    this.showRegulars();
    setText($("member-error"), checkin.error && checkin.step !== "choices" ? errorWords(checkin.error, t) : "");
    setText($("start-error"), checkin.error && checkin.step === "choices" ? errorWords(checkin.error, t) : "");
    $("continue").disabled = textOf(checkin) === "" || !live;
    $("start").disabled = checkin.sending || !live;
    $("end").disabled = !live;
    setText($("start"), t(checkin.sending ? "choose.starting" : "choose.start"));
    setShown($("exercise-set"), Boolean(snapshot?.camera) && this.exercises.length !== 1);
    setShown($("band-set"), this.bands.length > 0);
    showChips($("exercises"), exerciseChoices(this.exercises, t), checkin.exercise, (exercise) =>
      this.act({ do: "exercise", exercise }),
    );
    showChips($("bands"), bandChoices(this.bands, t), checkin.band, (band) => this.act({ do: "band", band }));
  }

  /** One pad for both: the member number, and then the PIN, which is shown as dots. */
  showEntry() {
    const { checkin, t } = this;
    const isPin = checkin.step === "pin";
    const entry = $("entry");
    if (entry.value !== textOf(checkin)) entry.value = textOf(checkin);
    const type = isPin ? "password" : "text";
    if (entry.type !== type) entry.type = type;
    entry.placeholder = t(isPin ? "pin.entry" : "welcome.member");
    setText($("entry-label"), entry.placeholder);
    const pinTitle = checkin.name ? t("pin.title", { name: checkin.name }) : t("pin.title_plain");
    setText($("greeting"), isPin ? pinTitle : t("welcome.greeting"));
    setText($("greeting-hint"), t(isPin ? "pin.hint" : "welcome.hint"));
    setShown($("pin-back"), isPin);
  }

  showRegulars() {
    setShown($("regulars-set"), this.checkin.step === "member" && this.regulars.length > 0);
    setChildren($("regulars"), this.regulars, ({ id, name }) =>
      button("chip", name, () => this.act({ do: "name", id, name })),
    );
  }

  showKeys() {
    const keys = this.checkin.step === "pin" ? "pin" : this.checkin.keys;
    if ($("keys").dataset.keys === keys) return;
    setData($("keys"), "keys", keys);
    const other = keys === "digits" ? "letters" : "digits";
    const swap = button("key soft", this.t(`welcome.${other}`), () => this.act({ do: "keys" }));
    const erase = button("key soft", "⌫", () => this.act({ do: "erase" }));
    erase.setAttribute("aria-label", this.t("welcome.erase"));
    const made = KEYS[keys === "letters" ? keys : "digits"].map((key) => button("key num", key, () => this.act({ do: "press", key })));
    const last = keys === "letters" ? [swap, erase] : [keys === "pin" ? element("span") : swap, made.pop(), erase];
    $("keys").replaceChildren(...made, ...last);
  }
}

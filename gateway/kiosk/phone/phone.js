// Checking in from a phone that scanned a kiosk's code: one ticket, one station, one check-in.

import { ApiError, call } from "../api.js";
import { atRest, bandsOf, errorWords, orderOf, step, textOf } from "../checkin.js";
import { bandChoices, exerciseChoices, showChips } from "../choices.js";
import { $, button, setChildren, setData, setShown, setText, speak } from "../page.js";
import { pickLanguage, translator } from "../strings.js";

const MEMBER = "gymbox.member"; // it is their own phone: the next time their number stands there already
const OVER = new ApiError("refused", { slug: "handover-over" });

class Phone {
  constructor(ticket) {
    this.ticket = ticket;
    this.t = translator(pickLanguage(location.search, navigator.languages));
    this.mode = "loading"; // then "welcome", and "done" or "over"
    this.welcome = null;
    this.error = null; // why it is over
    this.checkin = step(atRest(), { do: "type", text: localStorage.getItem(MEMBER) ?? "" });
  }

  async start() {
    const light = window.matchMedia("(prefers-color-scheme: light)").matches;
    setData(document.documentElement, "theme", light ? "light" : "dark");
    speak(this.t);
    $("member").addEventListener("input", () => this.act({ do: "type", text: $("member").value }));
    $("pin").addEventListener("input", () => this.act({ do: "type", text: $("pin").value }));
    $("pin-back").addEventListener("click", () => this.act({ do: "rest" }));
    $("again").addEventListener("click", () => location.reload());
    $("form").addEventListener("submit", (event) => this.send(event));
    window.addEventListener("hashchange", () => location.reload()); // another code, in the same tab
    this.show();
    await this.open();
    this.show();
  }

  async open() {
    try {
      if (this.ticket === "") throw OVER;
      this.welcome = await call("/handover", { method: "POST", body: { ticket: this.ticket } });
      this.mode = "welcome";
      setTimeout(() => this.expire(), this.welcome.ends_in_s * 1000);
    } catch (error) {
      this.end(error);
    }
  }

  act(action) {
    this.checkin = step(this.checkin, action);
    this.show();
  }

  async send(event) {
    event.preventDefault();
    if (this.checkin.sending) return;
    this.act({ do: "send" });
    const { station_id: _, ...order } = orderOf(this.checkin, this.welcome.station.id);
    try {
      await call("/handover/check-in", { method: "POST", body: { ...order, ticket: this.ticket } });
      localStorage.setItem(MEMBER, order.member_id);
      this.mode = "done";
    } catch (error) {
      this.act({ do: "refused", error });
      if ([OVER.slug, "station-busy"].includes(error.slug)) this.end(error);
    }
    this.show();
  }

  /** The ticket holds no more; the box would say so, too. */
  expire() {
    if (this.mode !== "welcome" || this.checkin.sending) return;
    this.end(OVER);
    this.show();
  }

  end(error) {
    this.mode = "over";
    this.error = error;
  }

  show() {
    const { mode, t } = this;
    setData(document.documentElement, "mode", mode);
    const station = this.welcome?.station.name ?? "";
    const titles = { loading: "phone.loading", welcome: "phone.title", done: "phone.done", over: "phone.over" };
    setText($("title"), t(titles[mode], { station }));
    setText($("text"), this.words(station));
    setShown($("again"), mode === "over" && this.error.kind === "unreachable");
    setShown($("form"), mode === "welcome");
    if (mode === "welcome") this.showForm();
  }

  words(station) {
    if (this.mode === "done") return this.t("phone.train", { station });
    return this.mode === "over" ? errorWords(this.error, this.t) : "";
  }

  showForm() {
    const { checkin, t, welcome } = this;
    const isPin = checkin.step === "pin";
    setShown($("regulars-set"), !isPin && welcome.regulars.length > 0);
    setShown($("member-set"), !isPin);
    setShown($("pin-set"), isPin);
    if (isPin) setText($("title"), checkin.name ? t("pin.title", { name: checkin.name }) : t("pin.title_plain"));
    if ($("member").value !== checkin.entry) $("member").value = checkin.entry;
    if ($("pin").value !== checkin.pin) $("pin").value = checkin.pin;
    setChildren($("regulars"), welcome.regulars, ({ id, name }) =>
      button("chip", name, () => {
        this.act({ do: "name", id, name });
        $("pin").focus();
      }),
    );
    const bands = bandsOf(welcome.devices);
    setShown($("exercise-set"), welcome.has_camera && welcome.exercises.length > 1);
    setShown($("band-set"), bands.length > 0);
    showChips($("exercises"), exerciseChoices(welcome.exercises, t), checkin.exercise, (exercise) =>
      this.act({ do: "exercise", exercise }),
    );
    showChips($("bands"), bandChoices(bands, t), checkin.band, (band) => this.act({ do: "band", band }));
    setText($("error"), checkin.error ? errorWords(checkin.error, t) : "");
    setText($("start"), t(checkin.sending ? "choose.starting" : "phone.start"));
    $("start").disabled = checkin.sending || textOf(checkin) === "";
  }
}

new Phone(location.hash.slice(1)).start();

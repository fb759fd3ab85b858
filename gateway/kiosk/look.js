// How the page looks and speaks: dark or light, which language, sounds. What a person touched holds.

import { $, setData, setText, speak } from "./page.js";
import { LANGUAGES, pickLanguage, translator } from "./strings.js";

const THEME = "gymbox.theme";
const THEMES = ["dark", "light"];

export class Look {
  /** @param {{search: string, languages: string[], sounds: object, onChange: Function}} options */
  constructor({ search, languages, sounds, onChange }) {
    this.usual = pickLanguage(search, languages);
    this.touched = null; // the language that somebody chose here, until they are gone
    this.members = null; // the language of the member who trains
    this.sounds = sounds;
    this.onChange = onChange;
    const asked = [new URLSearchParams(search).get("theme"), localStorage.getItem(THEME)];
    this.theme = asked.find((theme) => THEMES.includes(theme)) ?? "dark";
    this.t = translator(this.usual);
  }

  start() {
    $("language").addEventListener("click", () => this.change({ touched: this.language === "zh" ? "en" : "zh" }));
    $("theme").addEventListener("click", () => this.otherTheme());
    $("sound").addEventListener("click", () => {
      this.sounds.toggle();
      this.show();
    });
    this.show();
  }

  get language() {
    return this.touched ?? this.members ?? this.usual;
  }

  /** Somebody trains, and reads a language if they said so. */
  greet(tag) {
    const language = (tag ?? "").split("-")[0];
    this.change({ members: Object.hasOwn(LANGUAGES, language) ? language : null });
  }

  /** Nobody is there any more: the next person has said nothing yet. */
  forget() {
    this.change({ touched: null, members: null });
  }

  change(choice) {
    const before = this.language;
    Object.assign(this, choice);
    if (this.language === before) return;
    this.t = translator(this.language);
    this.show();
    this.onChange();
  }

  otherTheme() {
    this.theme = this.theme === "dark" ? "light" : "dark";
    localStorage.setItem(THEME, this.theme);
    this.show();
  }

  show() {
    speak(this.t);
    setData(document.documentElement, "theme", this.theme);
    setText($("language"), this.t("lang.other"));
    $("theme").ariaLabel = this.t(this.theme === "dark" ? "screen.light" : "screen.dark");
    $("sound").ariaLabel = this.t(this.sounds.on ? "screen.sound_off" : "screen.sound_on");
    setData($("sound"), "on", this.sounds.on);
  }
}

// A few short tones, off until somebody wants them. The only file that makes a sound.

const KEY = "gymbox.sound";
const LOUDNESS = 0.12;

/** What each tone is: pitches in Hz, one after the other, and how long each lasts. */
const TONES = {
  rep: { pitches_hz: [880], each_s: 0.07 },
  rest: { pitches_hz: [660, 880], each_s: 0.14 },
  zone: { pitches_hz: [520, 440], each_s: 0.12 },
};

export class Sounds {
  constructor(storage = window.localStorage) {
    this.storage = storage;
    this.on = storage.getItem(KEY) === "on";
    this.context = null;
  }

  /** Called by a person's touch, which is what browsers ask for before a page may be heard. */
  toggle() {
    this.on = !this.on;
    this.storage.setItem(KEY, this.on ? "on" : "off");
    if (this.on) this.play("rep");
  }

  play(name) {
    if (!this.on) return;
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") this.context.resume();
    const { pitches_hz: pitches, each_s: each } = TONES[name];
    pitches.forEach((pitch, index) => this.tone(pitch, this.context.currentTime + index * each, each));
  }

  tone(pitch_hz, at_s, lasts_s) {
    const source = this.context.createOscillator();
    const volume = this.context.createGain();
    source.frequency.value = pitch_hz;
    volume.gain.setValueAtTime(LOUDNESS, at_s);
    volume.gain.exponentialRampToValueAtTime(0.001, at_s + lasts_s);
    source.connect(volume).connect(this.context.destination);
    source.start(at_s);
    source.stop(at_s + lasts_s);
  }
}

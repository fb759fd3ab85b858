// The blurred picture of who trains, where the gym wants one: small pictures on a stream of their own.
// An old one is never given for the present. Time comes in as seconds.

const STALE_S = 1;
const RETRY_S = 2;

export class Picture {
  /** @param {{url: string, onChange: Function, open?: Function}} options open makes an event source */
  constructor({ url, onChange, open = (address) => new EventSource(address) }) {
    this.url = url;
    this.onChange = onChange;
    this.open = open;
    this.source = null;
    this.openAt = -Infinity;
    this.shown = null;
    this.off = false; // somebody who trains wants none
  }

  /** Opens the stream or ends it. @returns {{image, width, height}|null} the newest picture, as long as it is live */
  follow(wanted, now) {
    if (!wanted || this.off) {
      this.close();
      this.openAt = -Infinity;
    } else if (this.source === null && now >= this.openAt) {
      this.listen(now);
    }
    return this.shown !== null && now - this.shown.at <= STALE_S ? this.shown : null;
  }

  listen(now) {
    const source = this.open(this.url);
    this.source = source;
    this.openAt = now + RETRY_S;
    source.addEventListener("picture", (event) => this.receive(source, JSON.parse(event.data)));
    source.onerror = () => {
      if (source === this.source) this.close();
    };
  }

  async receive(source, { width, height, jpeg }) {
    const bytes = Uint8Array.from(atob(jpeg), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })).catch(() => null);
    if (image === null) return; // no picture after all: the next one comes soon
    if (source !== this.source) {
      image.close();
      return;
    }
    this.shown?.image.close();
    this.shown = { image, width, height, at: performance.now() / 1000 };
    this.onChange();
  }

  close() {
    this.source?.close();
    this.source = null;
    this.shown?.image.close();
    this.shown = null;
  }
}

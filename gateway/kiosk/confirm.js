// "I am ready": the person's word that lets a machine go on. Shows why it waits, and asks the box.

import { errorWords } from "./checkin.js";
import { $, setShown, setText } from "./page.js";

export class Confirm {
  constructor({ api, t, onChange }) {
    this.api = api;
    this.t = t;
    this.onChange = onChange;
    this.sending = false;
    this.error = null;
  }

  start() {
    $("confirm").addEventListener("click", () => this.send());
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    this.error = null;
    this.onChange();
    try {
      await this.api.confirm();
    } catch (error) {
      this.error = error;
    } finally {
      this.sending = false;
      this.onChange();
    }
  }

  /** @param {{why: string, hint: string, confirmable: boolean}|null} hold why the box yields */
  show(hold) {
    const { error, sending, t } = this;
    setShown($("hold"), hold !== null);
    if (!hold?.confirmable) this.error = null;
    if (hold === null) return;
    setText($("hold-why"), hold.why);
    setText($("hold-hint"), hold.hint);
    setShown($("confirm"), hold.confirmable);
    setText($("confirm"), t(sending ? "hold.confirming" : "hold.confirm"));
    $("confirm").disabled = sending;
    setText($("confirm-error"), error && hold.confirmable ? errorWords(error, t) : "");
  }
}

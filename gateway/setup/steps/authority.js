// The certificate of a broker's own authority: pasted, or read from a file. It goes to the box, and nowhere else.

import { el, explain } from "../page.js";
import { t } from "../strings.js";

const MOST_OCTETS = 65536;

/** A field for a certificate; `value()` is what was given, "" when nothing was. */
export function authority(kept, onError) {
  const text = el("textarea", { rows: "4", spellcheck: "false", autocapitalize: "none", autocomplete: "off", class: "pem", maxlength: MOST_OCTETS, placeholder: "-----BEGIN CERTIFICATE-----" });
  const file = el("input", { type: "file", class: "sr", accept: ".pem,.crt,.cer,application/x-pem-file", onchange: read });
  const pick = el("label", { class: "button pick" }, t("broker.ca_file"), file);

  async function read() {
    const [chosen] = file.files;
    if (chosen === undefined) {
      return;
    }
    try {
      if (chosen.size > MOST_OCTETS) {
        throw Object.assign(new Error(), { slug: "file-large" });
      }
      text.value = await chosen.text();
    } catch (error) {
      onError(explain(error));
    }
    file.value = "";
  }

  const help = t(kept ? "broker.ca_kept" : "broker.ca_help");
  const node = el("div", { class: "field" }, el("label", { class: "field" }, el("span", {}, t("broker.ca")), text, el("small", {}, help)), pick);
  return { node, value: () => text.value.trim() };
}

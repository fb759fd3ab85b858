// The first operator: who has the code that the box shows on its console.

import { api } from "../api.js";
import { field } from "../page.js";
import { t } from "../strings.js";

const SHORTEST = 10;

export const owner = {
  id: "owner",
  isDone: () => false,
  show(_config, page) {
    // The address on the console has the code behind #, which the browser keeps to itself.
    const given = /^#([0-9A-Za-z-]{8,64})$/.exec(location.hash)?.[1] ?? "";
    const code = field(t("owner.code"), { class: "code", maxlength: 64, value: given, autocomplete: "one-time-code" }, t("owner.code_help"));
    const name = field(t("owner.name"), { maxlength: 40, autocomplete: "username" });
    const password = field(t("owner.password"), { type: "password", maxlength: 128, autocomplete: "new-password" }, t("owner.password_help"));
    const again = field(t("owner.again"), { type: "password", maxlength: 128, autocomplete: "new-password" });
    return {
      nodes: [code.node, name.node, password.node, again.node],
      async save() {
        if (password.input.value.length < SHORTEST) {
          page.fail(t("owner.short"));
          password.input.focus();
          return false;
        }
        if (password.input.value !== again.input.value) {
          page.fail(t("owner.differ"));
          again.input.focus();
          return false;
        }
        await api.claim(code.input.value, name.input.value.trim(), password.input.value);
        return true;
      },
    };
  },
};

// Checking in, as a small state machine. Pure: step(state, action) gives the next state.

const LONGEST_ENTRY = 64;
const NOT_A_NUMBER = "invalid-request"; // of what a check-in sends, only the number is typed by a person
const PIN_WANTED = ["pin-needed", "pin-wrong", "too-many-failures"];
export const IDLE_S = 60; // nobody finishes someone else's check-in
export const SUMMARY_S = 30;
const LONGEST_PIN = 8;

export const KEYS = {
  digits: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"],
  letters: [..."abcdefghijklmnopqrstuvwxyz-_"],
};

export function atRest() {
  return {
    step: "member",
    entry: "",
    name: "",
    pin: "",
    keys: "digits",
    exercise: null,
    band: null,
    sending: false,
    error: null,
  };
}

export function step(state, action) {
  switch (action.do) {
    case "type":
      return { ...state, ...typed(state, action.text), error: null };
    case "press":
      return { ...state, ...typed(state, textOf(state) + action.key), error: null };
    case "erase":
      return { ...state, ...typed(state, textOf(state).slice(0, -1)), error: null };
    case "name":
      return { ...atRest(), step: "pin", entry: action.id, name: action.name };
    case "keys":
      return { ...state, keys: state.keys === "digits" ? "letters" : "digits" };
    case "continue":
      return textOf(state) === "" ? state : { ...state, step: "choices", error: null };
    case "back":
      return { ...atRest(), entry: state.name ? "" : state.entry, keys: state.keys };
    case "exercise":
      return { ...state, exercise: action.exercise };
    case "band":
      return { ...state, band: action.band };
    case "send":
      return { ...state, sending: true, error: null };
    case "refused": {
      const { slug } = action.error;
      if (PIN_WANTED.includes(slug)) return { ...state, sending: false, error: action.error, step: "pin", pin: "" };
      return { ...state, sending: false, error: action.error, step: slug === NOT_A_NUMBER ? "member" : state.step };
    }
    case "rest":
      return atRest();
    default:
      throw new Error(`checkin: no action called ${action.do}`);
  }
}

/** What the keys write now: the PIN, or the member number. */
export function textOf(state) {
  return state.step === "pin" ? state.pin : state.entry;
}

function typed(state, text) {
  if (state.step === "pin") return { pin: text.replace(/\D+/g, "").slice(0, LONGEST_PIN) };
  return { entry: text.replace(/\s+/g, "").slice(0, LONGEST_ENTRY) };
}

/** The body of POST /sessions. */
export function orderOf(state, stationId) {
  const order = { station_id: stationId, member_id: state.entry };
  if (state.band) order.band_id = state.band;
  if (state.pin) order.pin = state.pin;
  if (state.exercise) order.exercise = state.exercise;
  return order;
}

/** Heart-rate bands among the devices, those that can be heard first. */
export function bandsOf(devices) {
  const list = Array.isArray(devices) ? devices : (devices?.devices ?? []);
  return list
    .filter((device) => (device.kind ?? device.profile ?? "").replaceAll("_", "-").includes("heart-rate"))
    .map((device) => ({
      id: device.id,
      name: device.name ?? device.id,
      live: device.link === "live",
      located: device.link === "live" && typeof device.rssi_dbm === "number",
    }))
    .sort((a, b) => Number(b.live) - Number(a.live) || a.name.localeCompare(b.name));
}

/** What to tell the person for an ApiError: our words for what we know, else the box's own. */
export function errorWords(error, t) {
  for (const key of [`problem.${error.slug}`, `problem.${error.kind}`]) {
    if (t.has(key)) return t(key);
  }
  return error.reason ? t("problem.other", { reason: error.reason }) : t("problem.unreachable");
}

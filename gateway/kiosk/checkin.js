// Checking in, as a small state machine. Pure: step(state, action) gives the next state.

const LONGEST_ENTRY = 64;
const NOT_A_NUMBER = "invalid-request"; // of what a check-in sends, only the number is typed by a person
export const IDLE_S = 60; // nobody finishes someone else's check-in
export const SUMMARY_S = 15;

export const KEYS = {
  digits: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"],
  letters: [..."abcdefghijklmnopqrstuvwxyz-_"],
};

export function atRest() {
  return { step: "member", entry: "", keys: "digits", exercise: null, band: null, sending: false, error: null };
}

export function step(state, action) {
  switch (action.do) {
    case "type":
      return { ...state, entry: clean(action.text), error: null };
    case "press":
      return { ...state, entry: clean(state.entry + action.key), error: null };
    case "erase":
      return { ...state, entry: state.entry.slice(0, -1), error: null };
    case "keys":
      return { ...state, keys: state.keys === "digits" ? "letters" : "digits" };
    case "continue":
      return state.entry === "" ? state : { ...state, step: "choices", error: null };
    case "back":
      return { ...state, step: "member", error: null };
    case "exercise":
      return { ...state, exercise: action.exercise };
    case "band":
      return { ...state, band: action.band };
    case "send":
      return { ...state, sending: true, error: null };
    case "refused": {
      const about = action.error.slug === NOT_A_NUMBER ? "member" : state.step;
      return { ...state, sending: false, error: action.error, step: about };
    }
    case "rest":
      return atRest();
    default:
      throw new Error(`checkin: no action called ${action.do}`);
  }
}

function clean(text) {
  return text.replace(/\s+/g, "").slice(0, LONGEST_ENTRY);
}

/** The body of POST /sessions. */
export function orderOf(state, stationId) {
  const order = { station_id: stationId, member_id: state.entry };
  if (state.band) order.band_id = state.band;
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

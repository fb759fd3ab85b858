// Numbers and times as people read them. Pure: no page, no clock.

export const UNKNOWN = "–";

export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

export function fixed(value, digits) {
  if (!isNumber(value)) return UNKNOWN;
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text; // "-0.0" is nobody's incline
}

export function whole(value) {
  return fixed(value, 0);
}

export function distance(metres) {
  if (!isNumber(metres)) return { text: UNKNOWN, unit: "km" };
  if (metres < 1000) return { text: whole(metres), unit: "m" };
  return { text: fixed(metres / 1000, 2), unit: "km" };
}

export function duration(seconds) {
  if (!isNumber(seconds) || seconds < 0) return UNKNOWN;
  const total = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

export function clock(date) {
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

export function initial(name) {
  const first = Array.from((name ?? "").trim())[0];
  return first ? first.toLocaleUpperCase() : "";
}

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

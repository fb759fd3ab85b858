// Times and numbers as people read them. Pure.

const STEPS = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [Infinity, "day", 86400]];

/** "3 min. ago", "in 12 days". */
export function relative(iso, nowMs, language) {
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  const [, unit, size] = STEPS.find(([limit]) => Math.abs(seconds) < limit);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  return format.format(Math.round(seconds / size), unit);
}

/** The moment in full, in the reader's own zone. */
export function moment(iso, language) {
  return new Date(iso).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" });
}

/** A duration in its largest whole unit: 90 s, 12 min, 5 h, 3 d. */
export function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

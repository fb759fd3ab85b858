// What is wrong, in words for people who train; the technical reason is for the console. Pure.

const PARTS = { camera: "camera", vision: "counting", mqtt: "machines", broker: "machines", store: "store" };

/** The worst alert in words, and how many more there are. */
export function alertsOf(alerts, t) {
  const open = alerts.filter((alert) => alert.level !== "ok");
  if (open.length === 0) return null;
  const worst = open.find((alert) => alert.level === "failed") ?? open[0];
  const part = partOf(worst);
  return {
    level: worst.level,
    title: t(`alert.${part}`),
    reason: t(`alert.${part}.${worst.level === "failed" ? "failed" : "degraded"}`),
    more: open.length > 1 ? t("alert.more", { n: open.length - 1 }) : "",
  };
}

function partOf(alert) {
  return PARTS[alert.part.split(":")[0]] ?? "other";
}

/** Why nobody can train here now; null when something of the station works, or only starts. */
export function outageOf({ alerts, camera, treadmill }, t) {
  const failed = new Set(alerts.filter((alert) => alert.level === "failed").map(partOf));
  if (failed.has("store")) return t("out.store");
  const belt = treadmill && failed.has("machines") ? "machines" : null;
  const stage = camera ? stageOutage(camera, failed) : null;
  const broken = [belt, stage].filter(Boolean);
  const there = [treadmill, camera].filter(Boolean);
  return there.length > 0 && broken.length === there.length ? t(`out.${broken[0]}`) : null;
}

function stageOutage(camera, failed) {
  if (!["ok", "starting"].includes(camera.state)) return "camera";
  return failed.has("counting") ? "counting" : null;
}

// The few requests a kiosk makes. Each ends: with an answer, or with an ApiError whose kind says why not.

const TIMEOUT_MS = 8000;

export class ApiError extends Error {
  /**
   * @param {"denied"|"missing"|"refused"|"unreachable"} kind
   * @param {{slug?: string, reason?: string}} problem which kind of problem the box named, and its words for it
   */
  constructor(kind, { slug = "", reason = "" } = {}) {
    super(reason || slug || kind);
    this.kind = kind;
    this.slug = slug;
    this.reason = reason;
  }
}

// 429: too many wrong tokens, and a while to wait before the next may be shown.
const KINDS = { 401: "denied", 403: "denied", 404: "missing", 429: "denied" };

/** What a problem document (RFC 9457) says. */
async function problemOf(response) {
  try {
    const problem = await response.json();
    return { slug: (problem.type ?? "").split(":").at(-1), reason: problem.detail ?? problem.title ?? "" };
  } catch {
    return {};
  }
}

export async function call(path, { method = "GET", body } = {}) {
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      cache: "no-store",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new ApiError("unreachable");
  }
  if (!response.ok) {
    throw new ApiError(KINDS[response.status] ?? "refused", await problemOf(response));
  }
  return response.status === 204 ? null : response.json();
}

export class BoxApi {
  constructor(stationId) {
    this.station = encodeURIComponent(stationId);
  }

  get eventsUrl() {
    return `/api/v1/stations/${this.station}/events`;
  }

  get picturesUrl() {
    return `/api/v1/stations/${this.station}/pictures`;
  }

  /** Why can the stream not be opened? "ok" when the box answers after all. */
  async probe() {
    try {
      await call(`/stations/${this.station}`);
      return "ok";
    } catch (error) {
      return error.kind === "denied" || error.kind === "missing" ? error.kind : "unreachable";
    }
  }

  stations() {
    return call("/stations");
  }

  /** Somebody stands at this station and is ready. */
  confirm() {
    return call(`/stations/${this.station}/confirm`, { method: "POST" });
  }

  /** A code with which a phone checks in here. */
  handover() {
    return call(`/stations/${this.station}/handover`, { method: "POST" });
  }

  devices() {
    return call("/devices");
  }

  startSession(order) {
    return call("/sessions", { method: "POST", body: order });
  }

  endSession(id, rpe) {
    return call(`/sessions/${encodeURIComponent(id)}/end`, { method: "POST", body: rpe === null ? {} : { rpe } });
  }

  session(id) {
    return call(`/sessions/${encodeURIComponent(id)}`);
  }

  /** Somebody is there: the session does not end for absence. */
  here(id) {
    return call(`/sessions/${encodeURIComponent(id)}/here`, { method: "POST" });
  }

  tomorrow(id, language) {
    return call(`/sessions/${encodeURIComponent(id)}/tomorrow?language=${language}`);
  }

  steps(id) {
    return call(`/sessions/${encodeURIComponent(id)}/steps`);
  }

  plan(member, language) {
    return call(`/members/${encodeURIComponent(member)}/plan?language=${language}`);
  }

  feedback(plan, accepted) {
    return call(`/plans/${encodeURIComponent(plan)}/feedback`, { method: "POST", body: { accepted } });
  }

  adjust(plan, wish, language) {
    const path = `/plans/${encodeURIComponent(plan)}/adjust?language=${language}`;
    return call(path, { method: "POST", body: { wish } });
  }

  /** Members who may check in here by a tap on their name and their PIN. */
  regulars() {
    return call(`/stations/${this.station}/regulars`);
  }
}

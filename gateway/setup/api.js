// What the page asks of the box. Each request ends: with an answer, or with an ApiError that says why not.

const TIMEOUT_MS = 30000; // a camera that does not answer takes 15 s

export class ApiError extends Error {
  /**
   * @param {number} status 0 when the box did not answer
   * @param {string} slug which kind of problem
   * @param {string} reason the box's own words for it
   */
  constructor(status, slug = "", reason = "") {
    super(reason || slug || String(status));
    this.status = status;
    this.slug = slug;
    this.reason = reason;
  }
}

/** What a problem document (RFC 9457) says; problems of a configuration name their keys. */
async function errorOf(response) {
  try {
    const problem = await response.json();
    const faults = problem.problems?.map((each) => `${each.key}: ${each.reason}`)
      ?? problem.errors?.map((each) => `${each.field}: ${each.message}`);
    const reason = faults?.join(" · ") || problem.detail || problem.title || "";
    return new ApiError(response.status, (problem.type ?? "").split(":").at(-1), reason);
  } catch {
    return new ApiError(response.status);
  }
}

async function ask(method, path, body) {
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
    throw new ApiError(0, "unreachable");
  }
  if (!response.ok) {
    throw await errorOf(response);
  }
  return response;
}

const json = async (...request) => (await ask(...request)).json();

export const api = {
  state: () => json("GET", "/setup"),
  whoAmI: () => json("GET", "/login"),
  logIn: (name, password) => json("POST", "/login", { name, password }),
  claim: (code, name, password) => json("POST", "/setup/operator", { code, name, password }),
  config: () => json("GET", "/config"),
  change: (patch) => json("PATCH", "/config", patch),
  keepSecret: async (name, value) => (await json("PUT", `/config/secrets/${encodeURIComponent(name)}`, { value })).file,
  keepAuthority: async (name, pem) => (await json("PUT", `/config/authorities/${encodeURIComponent(name)}`, { pem })).file,
  brokers: async () => (await json("GET", "/setup/brokers")).brokers,
  tryBroker: (broker) => json("POST", "/setup/brokers/try", broker),
  cameras: async () => (await json("GET", "/setup/cameras")).cameras,
  streams: async (camera) => (await json("POST", "/setup/cameras/streams", camera)).streams,
  picture: async (camera) => (await ask("POST", "/setup/cameras/picture", camera)).blob(),
  devices: async () => (await json("GET", "/devices")).devices,
  newKiosk: (stationId) => json("POST", "/tokens", { role: "kiosk", station_id: stationId }),
  identity: () => json("GET", "/identity"),
  enrol: (order) => json("POST", "/identity/enrol", order),
};

/** How each part of the box does, by name; empty when the box does not answer. */
export async function parts() {
  try {
    const response = await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    return (await response.json()).parts ?? {};
  } catch {
    return {};
  }
}

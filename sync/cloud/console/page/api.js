// Requests to the fleet API. Each ends: with an answer, or with an ApiError that says why not.

const TIMEOUT_MS = 15000;
const BASE = "/api/v1/fleet";

export class ApiError extends Error {
  /**
   * @param {number} status of the answer; 0 when there was none
   * @param {string} reason in the service's words
   */
  constructor(status, reason) {
    super(reason);
    this.status = status;
    this.reason = reason;
  }
}

export class Api {
  #csrf = "";
  #kept = new Map();

  /** What is read again and again; asked only whether it is news. Refreshing keeps no session alive. */
  async get(path, { refresh = false } = {}) {
    const kept = this.#kept.get(path);
    const headers = {};
    if (kept) headers["If-None-Match"] = kept.tag;
    if (refresh) headers["X-Refresh"] = "1";
    const response = await request(path, { headers });
    if (response.status === 304 && kept) return kept.data;
    const data = await response.json();
    const tag = response.headers.get("ETag");
    if (tag) this.#keep(path, { tag, data });
    return data;
  }

  async send(method, path, body, more = {}) {
    const headers = { "X-CSRF-Token": this.#csrf, ...more };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await request(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    });
    return response.status === 204 ? null : response.json();
  }

  async login(name, password) {
    return this.#known(await this.send("POST", "/session", { name, password }));
  }

  async whoAmI() {
    return this.#known(await this.get("/session"));
  }

  async logout() {
    await this.send("DELETE", "/session");
    this.forget();
  }

  /** Nothing of one person is shown to the next. */
  forget() {
    this.#csrf = "";
    this.#kept.clear();
  }

  #known(who) {
    this.#csrf = who.csrf ?? "";
    return who;
  }

  #keep(path, answer) {
    this.#kept.delete(path);
    this.#kept.set(path, answer);
    if (this.#kept.size > 50) this.#kept.delete(this.#kept.keys().next().value);
  }
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(BASE + path, {
      ...options, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new ApiError(0, "");
  }
  if (!response.ok && response.status !== 304) throw new ApiError(response.status, await reasonOf(response));
  return response;
}

async function reasonOf(response) {
  try {
    const problem = await response.json();
    return problem.detail ?? problem.title ?? "";
  } catch {
    return "";
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { OPERATIONS, type OperationName } from "../../src/contract/operations.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";

/** The sandbox's devices that the cases use. */
export const GATE = "SN7A2300583";
export const SIDE = "SN7A2300584";
export const OFFLINE = "SN7C0400312";
export const UNLICENSED = "SN7D0900041";
export const NO_PUNCHES = "SN7E0500077";
export const NO_USERS = "SN7E0500078";
/** Its plan includes no operation. */
export const NOTHING_ALLOWED = "SN7F0000009";
export const UNKNOWN = "SN00000000";

export interface Answer {
  readonly http: number;
  readonly headers: Headers;
  readonly mediaType: string;
  readonly text: string;
}

/** Changes to a request. */
export interface RequestOverrides {
  /** Null for no token. */
  readonly token?: string | null;
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** The operation in the URL, in place of the case's. */
  readonly operation?: string;
  /** The raw body, in place of the members as JSON. */
  readonly body?: string;
}

export interface Target {
  readonly url: string;
  readonly token: string;
  /** Null for a real gateway. */
  readonly sandbox: Sandbox | null;
  readonly stop: () => Promise<void>;
}

const START = Date.parse("2026-06-21T04:00:00Z");
const SPEED = 50;
const SECOND = 1000;

/** The gateway from CONFORMANCE_URL and CONFORMANCE_TOKEN, or a sandbox with accelerated time. */
export const startTarget = async (): Promise<Target> => {
  const { CONFORMANCE_URL: url, CONFORMANCE_TOKEN: token } = process.env;
  if (url !== undefined && token !== undefined) return { url, token, sandbox: null, stop: async () => {} };
  const sandbox = await startSandbox({ start: START, rate: false });
  sandbox.clock.run(SPEED);
  sandbox.changeDevice(NOTHING_ALLOWED, { denied: ["operationNotAllowed"] });
  return { url: sandbox.url, token: sandbox.token, sandbox, stop: sandbox.stop };
};

const isText = (value: unknown): value is string | number | boolean => typeof value !== "object";

const queryOf = (members: Readonly<Record<string, unknown>>): URLSearchParams => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      query.append(name, isText(each) ? String(each) : JSON.stringify(each));
    }
  }
  return query;
};

/** How long to wait after a 429 of a real gateway; the sandbox has no rate limit here. */
const retryAfterMs = ({ status, headers }: Response): number =>
  status === 429 && process.env["CONFORMANCE_URL"] !== undefined ? Number(headers.get("retry-after")) * SECOND : 0;

/** Sends one request with the overrides. */
export const ask = async (
  { url, token }: Pick<Target, "url" | "token">,
  name: OperationName,
  members: Readonly<Record<string, unknown>>,
  overrides: RequestOverrides = {},
): Promise<Answer> => {
  const method = overrides.method ?? OPERATIONS[name].method;
  const query = method === "POST" ? new URLSearchParams() : queryOf(members);
  for (const [key, value] of Object.entries(overrides.query ?? {})) query.append(key, value);
  const sent = overrides.token === undefined ? token : overrides.token;
  const headers = {
    ...(sent === null ? {} : { "auth-token": sent }),
    ...(method === "POST" ? { "content-type": overrides.contentType ?? "application/json" } : {}),
  };
  const body = method === "POST" ? { body: overrides.body ?? JSON.stringify(members) } : {};
  const send = () => fetch(`${url}/${overrides.operation ?? name}?${query.toString()}`, { method, headers, ...body });
  let response = await send();
  for (let wait = retryAfterMs(response); wait > 0; wait = retryAfterMs(response)) {
    await sleep(wait);
    response = await send();
  }
  const mediaType = response.headers.get("content-type")?.split(";", 1)[0] ?? "";
  return { http: response.status, headers: response.headers, mediaType, text: await response.text() };
};

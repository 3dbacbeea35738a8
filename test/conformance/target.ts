import { setTimeout as sleep } from "node:timers/promises";
import { OPERATIONS, type OperationName } from "../../src/contract/operations.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";

/** The sandbox's devices that the cases speak of. */
export const GATE = "SN7A2300583";
export const SIDE = "SN7A2300584";
export const OFFLINE = "SN7C0400312";
export const UNLICENSED = "SN7D0900041";
export const NO_PUNCHES = "SN7E0500077";
export const NO_USERS = "SN7E0500078";
/** Its plan is made to leave out everything. */
export const NOTHING_ALLOWED = "SN7F0000009";
export const UNKNOWN = "SN00000000";

export interface Answer {
  readonly http: number;
  readonly headers: Headers;
  readonly mediaType: string;
  readonly text: string;
}

export interface Wish {
  /** Null: none at all. */
  readonly token?: string | null;
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** Instead of the operation. */
  readonly operation?: string;
  /** Instead of the members as JSON. */
  readonly body?: string;
}

export interface Target {
  readonly url: string;
  readonly token: string;
  /** Null when a real gateway is asked. */
  readonly sandbox: Sandbox | null;
  readonly stop: () => Promise<void>;
}

const START = Date.parse("2026-06-21T04:00:00Z");
const FASTER = 50;
const SECOND = 1000;

/** The gateway named by CONFORMANCE_URL and CONFORMANCE_TOKEN, or else a sandbox whose time runs fast. */
export const startTarget = async (): Promise<Target> => {
  const { CONFORMANCE_URL: url, CONFORMANCE_TOKEN: token } = process.env;
  if (url !== undefined && token !== undefined) return { url, token, sandbox: null, stop: async () => {} };
  const sandbox = await startSandbox({ start: START, rate: false });
  sandbox.clock.run(FASTER);
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

/** How long a real gateway wants to be left alone; a sandbox is told not to limit. */
const waitOf = ({ status, headers }: Response): number =>
  status === 429 && process.env["CONFORMANCE_URL"] !== undefined ? Number(headers.get("retry-after")) * SECOND : 0;

/** Sends one request, exactly as wished. */
export const ask = async (
  { url, token }: Pick<Target, "url" | "token">,
  name: OperationName,
  members: Readonly<Record<string, unknown>>,
  wish: Wish = {},
): Promise<Answer> => {
  const method = wish.method ?? OPERATIONS[name].method;
  const query = method === "POST" ? new URLSearchParams() : queryOf(members);
  for (const [key, value] of Object.entries(wish.query ?? {})) query.append(key, value);
  const sent = wish.token === undefined ? token : wish.token;
  const headers = {
    ...(sent === null ? {} : { "auth-token": sent }),
    ...(method === "POST" ? { "content-type": wish.contentType ?? "application/json" } : {}),
  };
  const body = method === "POST" ? { body: wish.body ?? JSON.stringify(members) } : {};
  const send = () => fetch(`${url}/${wish.operation ?? name}?${query.toString()}`, { method, headers, ...body });
  let response = await send();
  for (let wait = waitOf(response); wait > 0; wait = waitOf(response)) {
    await sleep(wait);
    response = await send();
  }
  const mediaType = response.headers.get("content-type")?.split(";", 1)[0] ?? "";
  return { http: response.status, headers: response.headers, mediaType, text: await response.text() };
};

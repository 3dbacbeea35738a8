import { setTimeout as sleep } from "node:timers/promises";
import { OPERATIONS, type OperationName } from "../contract/operations.ts";

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

/** What a gateway answered. */
export interface ConformanceAnswer {
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

/** The gateway that is compared with the contract. */
export interface ConformanceTarget {
  readonly url: string;
  readonly token: string;
  /** The tokens of the sandbox's devices, by serial number; null for a real gateway, which gets reads only. */
  readonly deviceTokens: ReadonlyMap<string, string> | null;
}

const SECOND = 1000;

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

/** How long to wait after a 429 of a real gateway; a 429 of the sandbox is an answer to compare. */
const retryAfterMs = ({ status, headers }: Response, { deviceTokens }: ConformanceTarget): number =>
  status === 429 && deviceTokens === null ? Number(headers.get("retry-after")) * SECOND : 0;

/** Sends one request with the overrides. */
export const askGateway = async (
  target: ConformanceTarget,
  name: OperationName,
  members: Readonly<Record<string, unknown>>,
  overrides: RequestOverrides = {},
): Promise<ConformanceAnswer> => {
  const { url, token } = target;
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
  for (let wait = retryAfterMs(response, target); wait > 0; wait = retryAfterMs(response, target)) {
    await sleep(wait);
    response = await send();
  }
  const mediaType = response.headers.get("content-type")?.split(";", 1)[0] ?? "";
  return { http: response.status, headers: response.headers, mediaType, text: await response.text() };
};

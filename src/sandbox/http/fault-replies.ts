import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { STATUS } from "../../contract/status.ts";
import { Refusal } from "../handler.ts";
import type { Fault, FaultKind } from "./faults.ts";
import { JSON_TYPE, type HttpReply, refuseWith, send, writeHead } from "./reply.ts";

/** What a fault needs to know about the request it applies to. */
export interface FaultContext {
  readonly operationId: string;
  readonly rateHeaders: Readonly<Record<string, string>>;
  readonly token: unknown;
  readonly target: string;
}

const SECOND = 1000;
const CHUNK_BYTES = 16 * 1024;

const retryAfterOf = ({ retryAfter = 1, asDate }: Fault): string =>
  typeof retryAfter === "number" && asDate
    ? new Date(Date.now() + retryAfter * SECOND).toUTCString()
    : String(retryAfter);

const errorReply = (fault: Fault, context: FaultContext): HttpReply => {
  const refuse = (refusal: Refusal) => refuseWith(refusal, context.operationId, context.rateHeaders);
  if (fault.kind === "unauthenticated") return refuse(new Refusal("invalidAuthToken", "Unknown token."));
  if (fault.kind === "429") {
    const seconds = typeof fault.retryAfter === "number" ? Math.max(1, Math.ceil(fault.retryAfter)) : 1;
    const reply = refuse(new Refusal("rateLimited", "Too many requests.", { retryAfterSeconds: seconds }));
    return { ...reply, headers: { ...reply.headers, "Retry-After": retryAfterOf(fault) } };
  }
  if (fault.kind === "html") {
    const body = "<!doctype html><title>Bad gateway</title><h1>502 Bad gateway</h1>";
    return { http: fault.status ?? 200, code: 0, headers: { "Content-Type": "text/html" }, body };
  }
  const status = fault.status ?? 503;
  const known = Object.entries(STATUS).find(([, entry]) => (entry.http as readonly number[]).includes(status));
  const name = (known?.[0] ?? "unknownError") as keyof typeof STATUS;
  const message = fault.kind === "echo" ? `AuthToken ${String(context.token)} at ${context.target}` : "A fault.";
  return refuse(new Refusal(name, message, { http: status }));
};

const giantBody = function* (bytes: number): Generator<string> {
  yield '{"Status":"done","StatusCode":0,"Filler":"';
  const filler = "x".repeat(CHUNK_BYTES);
  for (let sent = 0; sent < bytes; sent += CHUNK_BYTES) yield filler;
  yield '"}';
};

const giantReply = (response: ServerResponse, bytes: number): Promise<void> => {
  response.setHeader("Content-Type", JSON_TYPE);
  return pipeline(Readable.from(giantBody(bytes), { objectMode: false }), response);
};

const endlessHeaders = async (response: ServerResponse, bytes: number): Promise<void> => {
  const { socket } = response;
  if (socket === null) return;
  socket.write("HTTP/1.1 200 OK\r\n");
  for (let sent = 0; sent < bytes && !socket.destroyed; sent += CHUNK_BYTES) {
    socket.write(`X-Filler-${sent}: ${"x".repeat(CHUNK_BYTES)}\r\n`);
    await sleep(1);
  }
  socket.destroy();
};

const reset = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy();
};

const WITHOUT_REPLY: ReadonlySet<FaultKind> = new Set(["hang", "giant", "endlessHeaders", "resetBefore", "resetAfter"]);

/** The reply that a fault sends in place of the real one; null if it sends no proper reply. */
export const replacementFor = (fault: Fault, context: FaultContext): HttpReply | null =>
  WITHOUT_REPLY.has(fault.kind) ? null : errorReply(fault, context);

/** Applies a fault that sends no proper reply. */
export const breakConnection = async (response: ServerResponse, fault: Fault): Promise<void> => {
  if (fault.kind === "giant") await giantReply(response, fault.bytes ?? 64 * 1024 * 1024);
  else if (fault.kind === "endlessHeaders") await endlessHeaders(response, fault.bytes ?? 4 * 1024 * 1024);
  else if (fault.kind !== "hang") reset(response);
};

const sloppy = (value: unknown): unknown => {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(sloppy);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name.toLowerCase(), sloppy(member)] as const);
  return { ...Object.fromEntries(members), x_unheard_of: { of: ["course"] } };
};

const HOSTILE = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},';

const drip = async (response: ServerResponse, reply: HttpReply, body: string, fault: Fault): Promise<void> => {
  const { bytes = 1, ms = 100 } = fault;
  writeHead(response, reply);
  const all = Buffer.from(body);
  for (let sent = 0; sent < all.length && !response.destroyed; sent += bytes) {
    response.write(all.subarray(sent, sent + bytes));
    await sleep(ms);
  }
  response.end();
};

const TRUNCATING: ReadonlySet<FaultKind> = new Set(["brokenJson", "resetDuring"]);

/** Sends a streamed reply delayed, or cut off after its first chunk. */
const sendDamagedStream = async (
  response: ServerResponse,
  reply: HttpReply,
  body: Readable,
  fault: Fault,
): Promise<void> => {
  if (fault.kind === "delay") await sleep(fault.ms ?? SECOND);
  if (!TRUNCATING.has(fault.kind)) return send(response, reply);
  writeHead(response, reply);
  for await (const chunk of body) {
    response.write(chunk);
    break;
  }
  await sleep(5);
  reset(response);
};

/** Sends the real reply with the fault's damage. */
export const sendDamaged = async (response: ServerResponse, reply: HttpReply, fault: Fault): Promise<void> => {
  const { body } = reply;
  if (typeof body !== "string") return sendDamagedStream(response, reply, body, fault);
  switch (fault.kind) {
    case "delay":
      await sleep(fault.ms ?? SECOND);
      return send(response, reply);
    case "drip":
      return drip(response, reply, body, fault);
    case "brokenJson":
      return send(response, { ...reply, body: body.slice(0, Math.floor(body.length * 0.7)) });
    case "sloppy":
      return send(response, { ...reply, body: JSON.stringify(sloppy(JSON.parse(body))) });
    case "hostileKeys":
      return send(response, { ...reply, body: `${HOSTILE}${body.slice(1)}` });
    case "duplicateHeaders": {
      const twice = { "X-RateLimit-Remaining": ["0", "1"], "Retry-After": ["1", "3600"], "X-Twice": ["a", "b"] };
      return send(response, { ...reply, headers: { ...reply.headers, ...twice } });
    }
    case "resetDuring":
      writeHead(response, reply);
      response.write(body.slice(0, Math.floor(body.length / 2)));
      await sleep(5);
      return reset(response);
    default:
      return send(response, reply);
  }
};

const REPLACING: ReadonlySet<FaultKind> = new Set([
  "429",
  "5xx",
  "unauthenticated",
  "echo",
  "html",
  "giant",
  "hang",
  "endlessHeaders",
  "resetBefore",
]);

/** Whether the fault applies before the operation is executed, so that it is not. */
export const preventsOperation = (fault: Fault): boolean => REPLACING.has(fault.kind) && !fault.afterEffect;

/** Whether the fault replaces the reply. */
export const replacesReply = (fault: Fault): boolean => REPLACING.has(fault.kind) || fault.kind === "resetAfter";

import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { issueWords } from "../../contract/issue-words.ts";
import { applyClockChange, ClockChange, clockState, type Controls, DeviceChange, PunchInputs } from "../controls.ts";
import { FaultRule } from "./faults.ts";
import { JSON_TYPE } from "./reply.ts";
import { queryIn } from "./request.ts";

interface ControlRequest {
  readonly part: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

type Route = (sandbox: Controls, request: ControlRequest) => unknown;

const count = z.coerce.number().int().min(0).optional();

const valid = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> =>
  schema.parse(value, { error: issueWords });

/** What is wrong with a request, in a sentence. */
const sentenceOf = (error: unknown): string => {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  const faults = error.issues.map(({ path, message }) => `${path.join(".") || "The body"} ${message}`);
  return `${faults.join("; ")}.`;
};

const overview: Route = (sandbox) => ({
  url: sandbox.url,
  clock: clockState(sandbox.clock),
  token: sandbox.token,
  devices: [...sandbox.gateway.world.devices.values()].map(({ DeviceSN, DeviceLabel, online }) => ({
    DeviceSN,
    DeviceLabel,
    online,
    token: sandbox.deviceTokens.get(DeviceSN) ?? null,
  })),
  routes: Object.keys(ROUTES),
});

const ROUTES: Readonly<Record<string, Route>> = {
  "GET ": overview,
  "GET state": (sandbox) => sandbox.state(),
  "PUT state": (sandbox, { body }) => {
    sandbox.restore(body);
    return { restored: true };
  },
  "GET ledger": ({ ledger }, { query }) => {
    const operation = query.get("operation") ?? undefined;
    const since = valid(count, query.get("since") ?? undefined);
    return { marker: ledger.marker(), entries: ledger.entries({ operation, since }) };
  },
  "GET clock": ({ clock }) => clockState(clock),
  "POST clock": ({ clock }, { body }) => {
    applyClockChange(clock, valid(ClockChange, body));
    return clockState(clock);
  },
  "POST devices": (sandbox, { part, body }) => {
    sandbox.changeDevice(part, valid(DeviceChange, body));
    return { changed: part };
  },
  "POST punches": (sandbox, { body }) => ({ punches: sandbox.punch(...valid(PunchInputs, body)) }),
  "GET faults": ({ faults }) => ({ faults: faults.list() }),
  "POST faults": ({ faults }, { body }) => {
    const rules = (Array.isArray(body) ? body : [body]).map((rule: unknown) => valid(FaultRule, rule));
    return { ids: rules.map((rule) => faults.add(rule)) };
  },
  "DELETE faults": ({ faults }, { part }) => {
    faults.clear(part === "" ? undefined : part);
    return { faults: faults.list() };
  },
};

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? undefined : JSON.parse(text);
};

const respond = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "Content-Type": JSON_TYPE }).end(JSON.stringify(body));
};

const handle = async (request: IncomingMessage, response: ServerResponse, sandbox: Controls): Promise<void> => {
  const target = request.url ?? "";
  const [, name = "", part = ""] = (target.slice(1).split("?", 1)[0] ?? "").split("/");
  const route = ROUTES[`${request.method} ${name}`];
  if (route === undefined) return respond(response, 404, { error: "No such route.", routes: Object.keys(ROUTES) });
  try {
    const body = await readJson(request);
    respond(response, 200, route(sandbox, { part: decodeURIComponent(part), query: queryIn(target), body }));
  } catch (error) {
    respond(response, 400, { error: sentenceOf(error) });
  }
};

/**
 * Creates the control plane, which needs no token. It handles a request and returns true if the path is under the prefix.
 */
export const createControlPlane =
  (sandbox: () => Controls) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    const target = request.url ?? "";
    if (!/^\/_sandbox([/?]|$)/.test(target)) return false;
    handle(request, response, sandbox()).catch(() => response.destroy());
    return true;
  };

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { OperationName } from "../../contract/operations.ts";
import { OperationID } from "../../contract/scalars.ts";
import { type Answer, type Call, type Gateway, type Handler, Refusal } from "../handler.ts";
import {
  admitDevices,
  admitMembers,
  admitMethod,
  admitOperation,
  admitToken,
  devicesIn,
  type Tokens,
} from "./admission.ts";
import type { Fault, FaultBook } from "./faults.ts";
import { type LedgerBook, type LedgerEntry, redact } from "./ledger.ts";
import { misbehave, replacement, replaces, spoil, strikesBefore } from "./misbehave.ts";
import type { RateLimit } from "./rate.ts";
import { asRefusal, refuseWith, type Reply, replyWith, send } from "./reply.ts";
import { type Carried, operationIn, readRequest } from "./request.ts";
import { createTextReader } from "./text.ts";

export type AnyHandler = Handler<OperationName>;

export interface ServerParts {
  readonly gateway: () => Gateway;
  readonly tokens: Tokens;
  readonly rateLimit: RateLimit;
  readonly ledger: LedgerBook;
  readonly faults: FaultBook;
  readonly handlerOf: (name: OperationName) => AnyHandler;
  /** Takes requests below the control plane's prefix; false for any other. */
  readonly control: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const KEEP_ALIVE_MS = 65_000;

/** What becomes known of a request while it is dealt with. */
interface Exchange {
  readonly entry: LedgerEntry;
  operationId: string;
  token: string | undefined;
}

const scopeOf = (caller: Call<OperationName>["caller"]): LedgerEntry["scope"] =>
  caller.scope === "account" ? "account" : `device ${caller.DeviceSN}`;

/** The simulated gateway's HTTP side: order of refusals, tokens, rate limit, faults, ledger. */
export const createGatewayServer = (parts: ServerParts): Server => {
  const { tokens, rateLimit, ledger, faults } = parts;
  const readText = createTextReader();

  const perform = async (name: OperationName, carried: Carried, method: string | undefined, exchange: Exchange) => {
    admitMethod(name, method);
    const caller = admitToken(carried.tokens, tokens);
    exchange.token = caller.token;
    exchange.entry.scope = scopeOf(caller);
    const { allowed, retryAfterSeconds } = rateLimit.take(caller.token);
    if (!allowed) throw new Refusal("rateLimited", "Too many requests for this token.", { retryAfterSeconds });
    const raw = carried.typed(name);
    exchange.entry.input = redact(raw);
    const input = admitMembers(name, raw);
    exchange.entry.input = redact(input as Readonly<Record<string, unknown>>);
    const gateway = parts.gateway();
    admitDevices(input, caller, gateway.world);
    exchange.entry.performed = true;
    const call = { name, input, raw, caller, operationId: exchange.operationId } as Call<OperationName>;
    return parts.handlerOf(name)(call, gateway);
  };

  const identify = (carried: Carried, exchange: Exchange) => {
    exchange.entry.input = redact(carried.plain);
    const given = OperationID.safeParse(carried.plain["OperationID"]);
    const isHead = exchange.entry.method === "POST";
    exchange.operationId = given.success && isHead ? given.data : parts.gateway().newId("op");
    exchange.entry.operationId = exchange.operationId;
  };

  const replyTo = async (work: () => Promise<Answer>, exchange: Exchange): Promise<Reply> => {
    try {
      const answer = await work();
      return replyWith(answer, exchange.operationId, rateLimit.headers(exchange.token));
    } catch (error) {
      exchange.entry.performed = false;
      if (!(error instanceof Refusal))
        exchange.entry.error = error instanceof Error ? (error.stack ?? "") : String(error);
      return refuseWith(asRefusal(error), exchange.operationId, rateLimit.headers(exchange.token));
    }
  };

  const note = (entry: LedgerEntry, reply: Reply | null, began: number) => {
    entry.http = reply?.http ?? null;
    entry.code = reply?.code ?? null;
    entry.milliseconds = performance.now() - began;
  };

  const deal = async (request: IncomingMessage, response: ServerResponse) => {
    const began = performance.now();
    const method = request.method ?? "";
    const operation = operationIn(request.url ?? "/");
    const entry = ledger.open({ at: parts.gateway().clock.now(), operation, method });
    const exchange: Exchange = { entry, operationId: "", token: undefined };
    let carried: Carried | undefined;
    let fault: Fault | undefined;
    const reply = await replyTo(async () => {
      try {
        carried = await readRequest(request, readText);
      } finally {
        identify(carried ?? { plain: {}, typed: () => ({}), tokens: [] }, exchange);
      }
      fault = faults.meet(
        operation,
        devicesIn(carried.plain).map(([, DeviceSN]) => DeviceSN),
      );
      entry.fault = fault?.kind ?? null;
      if (fault !== undefined && strikesBefore(fault)) throw new Refusal("unknownError", "A fault.");
      return perform(admitOperation(operation), carried, method, exchange);
    }, exchange);
    if (fault === undefined) {
      note(entry, reply, began);
      return send(response, reply);
    }
    if (!replaces(fault)) {
      note(entry, reply, began);
      return spoil(response, reply, fault);
    }
    if (typeof reply.body !== "string") reply.body.destroy();
    const instead = replacement(fault, {
      operationId: exchange.operationId,
      rateHeaders: rateLimit.headers(exchange.token),
      token: carried?.tokens[0],
      target: request.url ?? "",
    });
    note(entry, instead, began);
    return instead === null ? misbehave(response, fault) : send(response, instead);
  };

  // Longer than a client's pool keeps a connection: a request on a socket just closed here looks like a fault.
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (parts.control(request, response)) return;
    deal(request, response).catch(() => response.destroy());
  });
};

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
  type AccountTokens,
} from "./admission.ts";
import type { Fault, FaultRegistry } from "./faults.ts";
import { type LedgerWriter, type LedgerEntry, redactMembers } from "./ledger.ts";
import { breakConnection, replacementFor, replacesReply, sendDamaged, preventsOperation } from "./fault-replies.ts";
import type { RateLimit } from "./rate.ts";
import { asRefusal, refuseWith, type HttpReply, replyWith, send } from "./reply.ts";
import { type RequestContent, operationIn, readRequest } from "./request.ts";
import { createTextReader } from "./text.ts";

/** The handler of any operation. */
export type AnyHandler = Handler<OperationName>;

/** What the server is assembled from. */
export interface ServerParts {
  readonly gateway: () => Gateway;
  readonly tokens: AccountTokens;
  readonly rateLimit: RateLimit;
  readonly ledger: LedgerWriter;
  readonly faults: FaultRegistry;
  readonly handlerOf: (name: OperationName) => AnyHandler;
  /** Handles requests under the control plane's prefix; returns false for any other. */
  readonly control: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const KEEP_ALIVE_MS = 65_000;

/** What the server learns about a request while it handles it. */
interface RequestState {
  readonly entry: LedgerEntry;
  operationId: string;
  token: string | undefined;
}

const scopeOf = (caller: Call<OperationName>["caller"]): LedgerEntry["scope"] =>
  caller.scope === "account" ? "account" : `device ${caller.DeviceSN}`;

/** Creates the simulated gateway's HTTP server: order of refusals, tokens, rate limit, faults, ledger. */
export const createGatewayServer = (parts: ServerParts): Server => {
  const { tokens, rateLimit, ledger, faults } = parts;
  const readText = createTextReader();

  const perform = async (
    name: OperationName,
    content: RequestContent,
    method: string | undefined,
    state: RequestState,
  ) => {
    admitMethod(name, method);
    const caller = admitToken(content.tokens, tokens);
    state.token = caller.token;
    state.entry.scope = scopeOf(caller);
    const { allowed, retryAfterSeconds } = rateLimit.take(caller.token);
    if (!allowed) throw new Refusal("rateLimited", "Too many requests for this token.", { retryAfterSeconds });
    const raw = content.typed(name);
    state.entry.input = redactMembers(raw);
    const input = admitMembers(name, raw);
    state.entry.input = redactMembers(input as Readonly<Record<string, unknown>>);
    const gateway = parts.gateway();
    admitDevices(input, caller, gateway.world);
    state.entry.performed = true;
    const call = { name, input, raw, caller, operationId: state.operationId } as Call<OperationName>;
    return parts.handlerOf(name)(call, gateway);
  };

  const assignOperationId = (content: RequestContent, state: RequestState) => {
    state.entry.input = redactMembers(content.plain);
    const requested = OperationID.safeParse(content.plain["OperationID"]);
    const hasBody = state.entry.method === "POST";
    state.operationId = requested.success && hasBody ? requested.data : parts.gateway().newId("op");
    state.entry.operationId = state.operationId;
  };

  const replyTo = async (work: () => Promise<Answer>, state: RequestState): Promise<HttpReply> => {
    try {
      const answer = await work();
      return replyWith(answer, state.operationId, rateLimit.headers(state.token));
    } catch (error) {
      state.entry.performed = false;
      if (!(error instanceof Refusal)) state.entry.error = error instanceof Error ? (error.stack ?? "") : String(error);
      return refuseWith(asRefusal(error), state.operationId, rateLimit.headers(state.token));
    }
  };

  const recordReply = (entry: LedgerEntry, reply: HttpReply | null, startedAt: number) => {
    entry.http = reply?.http ?? null;
    entry.code = reply?.code ?? null;
    entry.milliseconds = performance.now() - startedAt;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const startedAt = performance.now();
    const method = request.method ?? "";
    const operation = operationIn(request.url ?? "/");
    const entry = ledger.open({ at: parts.gateway().clock.now(), operation, method });
    const state: RequestState = { entry, operationId: "", token: undefined };
    let content: RequestContent | undefined;
    let fault: Fault | undefined;
    const reply = await replyTo(async () => {
      try {
        content = await readRequest(request, readText);
      } finally {
        assignOperationId(content ?? { plain: {}, typed: () => ({}), tokens: [] }, state);
      }
      fault = faults.take(
        operation,
        devicesIn(content.plain).map(([, DeviceSN]) => DeviceSN),
      );
      entry.fault = fault?.kind ?? null;
      if (fault !== undefined && preventsOperation(fault)) throw new Refusal("unknownError", "A fault.");
      return perform(admitOperation(operation), content, method, state);
    }, state);
    if (fault === undefined) {
      recordReply(entry, reply, startedAt);
      return send(response, reply);
    }
    if (!replacesReply(fault)) {
      recordReply(entry, reply, startedAt);
      return sendDamaged(response, reply, fault);
    }
    if (typeof reply.body !== "string") reply.body.destroy();
    const replacement = replacementFor(fault, {
      operationId: state.operationId,
      rateHeaders: rateLimit.headers(state.token),
      token: content?.tokens[0],
      target: request.url ?? "",
    });
    recordReply(entry, replacement, startedAt);
    return replacement === null ? breakConnection(response, fault) : send(response, replacement);
  };

  // Longer than a client's pool keeps a connection: a request on a socket that was just closed here looks like a fault.
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (parts.control(request, response)) return;
    handle(request, response).catch(() => response.destroy());
  });
};

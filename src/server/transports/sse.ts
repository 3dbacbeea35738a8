import type { Subscription } from "../../events/hub/hub.ts";
import { type AdmittedOperation, takeResponse } from "../admission/admission.ts";
import type { Executor } from "../execution/executor.ts";
import { handleOperation } from "../execution/operation.ts";
import type { OperationResponse } from "../execution/result.ts";
import { contentTypeOf, type Negotiated, negotiate } from "../http/content-negotiation.ts";
import type { HttpContext } from "../http/context.ts";
import { endRequest } from "../http/request-span.ts";
import type { GraphQLParams } from "../http/request.ts";
import { sendGraphQLError, sendJsonText } from "../http/respond.ts";
import type { AdmittedContext, AuthenticatedContext } from "../identity/caller.ts";
import type { Expiry } from "../identity/expiry.ts";
import { UNAUTHENTICATED } from "../identity/authenticate.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import { DRAIN_STAGGER, runStaggered, type Stagger } from "./stagger.ts";
import { stoppingResult } from "./stopping.ts";
import { createSseSink, SSE_HEADERS } from "./sse-sink.ts";
import { createCork, WriteBuffer, type WriteBufferLimits } from "./write-buffer.ts";

/** Limits and timeouts of event streams. */
export interface SseTuning extends WriteBufferLimits {
  readonly keepAliveMs: number;
  /** Open streams of this process. */
  readonly maxStreams: number;
  /** Over how long streams are ended when the server stops. */
  readonly stagger: Stagger;
}

/** What event streams need. */
export interface SseOptions extends Partial<SseTuning> {
  readonly executor: Executor;
  readonly subscriptions: Subscriptions;
  readonly expiry: Expiry;
  /** The path at which a subscription ends with a result when the server stops, because its callers are routers. @default none */
  readonly routerPath?: string | null;
}

/** The transport for server-sent events. */
export interface SseTransport {
  /** Responds to a request whose client asks for an event stream. */
  readonly handle: (context: AdmittedContext, params: GraphQLParams) => Promise<void>;
  /** Opens the stream of an admitted subscription. Rejects like `Subscriptions.check` and `open`, before anything is sent. */
  readonly subscribe: (context: AuthenticatedContext, operation: AdmittedOperation) => Promise<void>;
  /** Returns the bytes that wait for clients. */
  readonly waiting: () => number;
  /** Accepts no more subscriptions and ends the open ones, spread over time, each with its last cursor. */
  readonly stop: () => Promise<void>;
}

interface OpenStream {
  /** Bytes that wait for the client. */
  readonly waiting: () => number;
  readonly keepAlive: () => void;
  /** Sends the last cursor, or the last result, and ends the stream. */
  readonly finish: () => void;
}

const COMPLETE = "event: complete\ndata:\n\n";
/** A browser does not know that this completes a stream: it reconnects, and is then rejected for good. */
const EXPIRED = `event: next\ndata: ${JSON.stringify(UNAUTHENTICATED)}\n\n${COMPLETE}`;

/** GraphQL over server-sent events. Each event has its cursor as `id`, so that a browser's own reconnect resumes the stream. */
export const createSse = ({
  executor,
  subscriptions,
  expiry,
  routerPath = null,
  maxBufferedBytes = 256 * 1024,
  stallMs = 60_000,
  keepAliveMs = 12_000,
  maxStreams = 10_000,
  stagger = DRAIN_STAGGER,
}: SseOptions): SseTransport => {
  const open = new Set<OpenStream>();
  const cork = createCork();
  const limits = { maxBufferedBytes, stallMs };
  let stopping = false;
  const keepAliveTimer = setInterval(() => open.forEach(({ keepAlive }) => keepAlive()), keepAliveMs);
  keepAliveTimer.unref();

  const subscribe = async (context: AuthenticatedContext, operation: AdmittedOperation): Promise<void> => {
    context.note({ transport: "sse" });
    const checking = subscriptions.check(operation);
    if (checking !== undefined) await checking;
    if (!context.signal.aborted) openStream(context, operation);
  };

  const openStream = (context: AuthenticatedContext, operation: AdmittedOperation) => {
    const { request, response, identity, path } = context;
    const isRouter = path === routerPath;
    if (stopping && isRouter) return void response.writeHead(200, SSE_HEADERS).end(stoppingText(null));
    // A browser gives up for good on any other status, and only for a moment on a stream that ends.
    if (stopping) return void response.writeHead(200, SSE_HEADERS).end("retry: 1000\n\n");
    if (open.size >= maxStreams) {
      const message = `This server may have at most ${maxStreams} open subscriptions; try again later.`;
      return sendGraphQLError(context, "TOO_MANY_SUBSCRIPTIONS", message, {
        status: 503,
        headers: { "retry-after": "10" },
      });
    }
    let subscription: Subscription | undefined;
    let unwatch = () => {};
    const release = () => {
      open.delete(stream);
      unwatch();
      subscription?.end();
      request.socket.off("close", release);
    };
    const abort = () => {
      release();
      response.destroy();
    };
    const endWith = (text: string) => {
      release();
      response.end(text);
    };
    const buffer = new WriteBuffer(response, limits, cork, abort);
    // The client was allowed to read the buffered events only until now.
    const expire = () => (buffer.isEmpty() ? endWith(EXPIRED) : abort());
    const sink = createSseSink(context, buffer, { fail: abort, complete: () => endWith(COMPLETE) });
    const stream: OpenStream = {
      waiting: () => response.writableLength,
      keepAlive() {
        if (buffer.isEmpty()) response.write(":\n\n");
      },
      finish() {
        const cursor = subscription?.cursor() ?? null;
        endWith(isRouter ? stoppingText(cursor) : cursor === null ? "" : `id: ${cursor}\n\n`);
      },
    };
    const cursor = positionOf(context);
    const resume = cursor === "" ? undefined : { cursor, replaces: true };
    // Throws the rejection before the head of a stream is written.
    subscription = subscriptions.open(operation, sink, resume);
    unwatch = expiry.watch(identity, expire);
    open.add(stream);
    // The socket too: a response that waits behind another one on its connection gets no event when the connection closes.
    response.once("close", release);
    request.socket.once("close", release);
    if (response.destroyed || request.socket.destroyed) return release();
    if (!response.headersSent) response.writeHead(200, SSE_HEADERS);
    response.flushHeaders();
    // The stream may last for days: the trace of each delivery is linked to this span.
    endRequest(context);
  };

  /**
   * Some clients accept an event stream among other types, for any operation: what is not a stream is JSON if they accept that. For
   * others a result with status 200 is a stream with one event, and an error has its own status, at which browsers give up.
   */
  const respond = (context: HttpContext, type: Negotiated["type"], { json, status, headers }: OperationResponse) => {
    if (context.signal.aborted) return;
    if (type !== null || status !== 200) {
      return sendJsonText(context, status, json(), { ...headers, "content-type": contentTypeOf(type, status) });
    }
    context.response.writeHead(200, SSE_HEADERS).end(`event: next\ndata: ${json()}\n\n${COMPLETE}`);
  };

  return {
    subscribe,
    handle(context, params) {
      const { method, headers } = context.request;
      context.note({ transport: "sse" });
      const { type, lenientStatus } = negotiate(headers.accept);
      const options = { method: method === "GET" ? method : "POST", lenientStatus } as const;
      return handleOperation(executor, params, context, {
        subscribe: (operation) => subscribe(context, operation),
        execute: async (operation) => {
          const response = await executor.execute(operation, options);
          takeResponse(context.memory, operation, response.json());
          respond(context, type, response);
        },
        reject: (response) => respond(context, type, response),
        lenientStatus,
      });
    },
    waiting: () => [...open].reduce((sum, { waiting }) => sum + waiting(), 0),
    async stop() {
      stopping = true;
      clearInterval(keepAliveTimer);
      await runStaggered([...open], stagger, ({ finish }) => finish());
    },
  };
};

/** The parameter in which clients send the id of the last event that cannot send it in a header, as `event-source-polyfill`. */
export const POSITION_PARAMETER = "lastEventId";

/** The id of the last event that a client has received; empty if it begins. Browsers send a header, which is newer than the URL. */
const positionOf = ({ request, search }: HttpContext): string => {
  const header = request.headers["last-event-id"];
  return typeof header === "string" && header !== "" ? header : (search.get(POSITION_PARAMETER) ?? "");
};

/** The last event of a stream whose server stops. */
const stoppingText = (cursor: string | null): string => {
  const id = cursor === null ? "" : `id: ${cursor}\n`;
  return `${id}event: next\ndata: ${JSON.stringify(stoppingResult(cursor))}\n\n${COMPLETE}`;
};

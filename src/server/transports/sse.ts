import { GraphQLError, OperationTypeNode } from "graphql";
import type { RenderedEvent, Sink } from "../../events/hub/subscription-spec.ts";
import type { Subscription } from "../../events/hub/hub.ts";
import { negotiate } from "../http/content-negotiation.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Executor } from "../execution/executor.ts";
import type { HttpContext } from "../http/context.ts";
import type { AuthenticatedContext } from "../identity/caller.ts";
import type { Expiry } from "../identity/expiry.ts";
import { UNAUTHENTICATED } from "../identity/authenticate.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import { createWriteBuffer, type WriteBuffer, type WriteBufferLimits } from "./write-buffer.ts";
import { OperationRejected } from "../admission/rejected.ts";
import type { GraphQLParams } from "../http/request.ts";
import { sendGraphQLError, sendJson } from "../http/respond.ts";
import { DRAIN_STAGGER, type Stagger, stagger } from "./stagger.ts";

export interface SseTuning extends WriteBufferLimits {
  readonly keepAliveMs: number;
  /** How many subscriptions at once. */
  readonly maxStreams: number;
  readonly spread: Stagger;
}

export interface SseOptions extends Partial<SseTuning> {
  readonly engine: Executor;
  readonly live: Subscriptions;
  readonly expiry: Expiry;
}

export interface SseTransport {
  readonly stream: (exchange: AuthenticatedContext, params: GraphQLParams) => Promise<void>;
  /** Takes no more subscriptions, and ends those there are, spread over time, each with its last cursor out. */
  readonly stop: () => Promise<void>;
}

/** A stream that is open. */
interface Open {
  readonly beat: () => void;
  readonly finish: () => void;
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};
const COMPLETE = "event: complete\ndata:\n\n";
/** A browser, which does not know what completes a stream, comes again and is refused for good. */
const EXPIRED = `event: next\ndata: ${JSON.stringify(UNAUTHENTICATED)}\n\n${COMPLETE}`;

/** GraphQL over server-sent events: every event carries its cursor as `id`, so that a browser's own reconnect resumes. */
export const createSse = ({
  engine,
  live,
  expiry,
  maxBufferedBytes = 256 * 1024,
  stallMs = 60_000,
  keepAliveMs = 12_000,
  maxStreams = 10_000,
  spread: over = DRAIN_STAGGER,
}: SseOptions): SseTransport => {
  const open = new Set<Open>();
  let stopping = false;
  const keepAlive = setInterval(() => open.forEach(({ beat }) => beat()), keepAliveMs);
  keepAlive.unref();

  const refuse = (exchange: HttpContext, errors: readonly GraphQLError[]) => {
    const { body, status, headers } = engine.finish({ errors }, exchange, {});
    sendJson(exchange, status, body, headers);
  };

  const subscribe = (exchange: AuthenticatedContext, admitted: AdmittedOperation) => {
    const { request, response, identity } = exchange;
    // A browser gives up for good on any other status, and for a moment on a stream that ends.
    if (stopping) return void response.writeHead(200, HEADERS).end("retry: 1000\n\n");
    if (open.size >= maxStreams) {
      const why = `At most ${maxStreams} subscriptions here at once.`;
      return sendGraphQLError(exchange, 503, "TOO_MANY_SUBSCRIPTIONS", why, { "retry-after": "10" });
    }
    let subscription: Subscription | undefined;
    let unwatch = () => {};
    const leave = () => {
      open.delete(stream);
      unwatch();
      subscription?.end();
      request.socket.off("close", leave);
    };
    const cut = () => {
      leave();
      response.destroy();
    };
    const outlet = createWriteBuffer(response, { maxBufferedBytes, stallMs }, cut);
    const complete = () => {
      leave();
      response.end(COMPLETE);
    };
    const expire = () => {
      // What waits for the client was for its eyes until now.
      if (!outlet.isEmpty()) return cut();
      leave();
      response.end(EXPIRED);
    };
    const sink = createSink(exchange, outlet, cut, complete);
    const stream: Open = {
      beat() {
        if (outlet.isEmpty()) response.write(":\n\n");
      },
      finish() {
        const cursor = subscription?.cursor() ?? null;
        leave();
        response.end(cursor === null ? "" : `id: ${cursor}\n\n`);
      },
    };
    const lastId = request.headers["last-event-id"];
    // Throws what refuses it, before the head of a stream is written.
    subscription = live.open(admitted, sink, typeof lastId === "string" && lastId !== "" ? lastId : undefined);
    unwatch = expiry.watch(identity, expire);
    exchange.note({ operationType: "subscription", operationName: admitted.operation?.name?.value.slice(0, 64) });
    open.add(stream);
    // The socket, too: a response that waits behind another one on its connection is never told that it was closed.
    response.once("close", leave);
    request.socket.once("close", leave);
    if (response.destroyed || request.socket.destroyed) return leave();
    if (!response.headersSent) response.writeHead(200, HEADERS);
    response.flushHeaders();
  };

  /** Some clients name a stream among all that they take, for any operation. */
  const execute = async (exchange: HttpContext, admitted: AdmittedOperation) => {
    const { request, response } = exchange;
    const method = request.method === "GET" ? "GET" : "POST";
    const { contentType, lenientStatus } = negotiate(request.headers.accept);
    const { body, status, headers } = await engine.execute(admitted, { method, lenientStatus });
    if (exchange.signal.aborted) return;
    if (contentType !== null) return sendJson(exchange, status, body, { ...headers, "content-type": contentType });
    if (status !== 200) return sendJson(exchange, status, body, headers);
    response.writeHead(200, HEADERS);
    response.end(`event: next\ndata: ${JSON.stringify(body)}\n\n${COMPLETE}`);
  };

  return {
    async stream(exchange, params) {
      try {
        const admitted = engine.admission.admit(params, exchange);
        if (admitted.operation?.operation === OperationTypeNode.SUBSCRIPTION) return subscribe(exchange, admitted);
        await execute(exchange, admitted);
      } catch (error) {
        if (error instanceof OperationRejected) return refuse(exchange, error.errors);
        if (!(error instanceof GraphQLError)) throw error;
        refuse(exchange, [error]);
      }
    },
    async stop() {
      stopping = true;
      clearInterval(keepAlive);
      await stagger([...open], over, ({ finish }) => finish());
    },
  };
};

const chunkOf = (rendered: RenderedEvent): Buffer => {
  const known = rendered.encodings.get("sse");
  if (known !== undefined) return known;
  const head = `${rendered.cursor === "" ? "" : `id: ${rendered.cursor}\n`}event: next\ndata: `;
  // Not from the pool of buffers: one that waits for a slow client would hold its neighbours there, too.
  const chunk = Buffer.allocUnsafeSlow(head.length + rendered.json.length + 2);
  chunk.write(head, "latin1");
  rendered.json.copy(chunk, head.length);
  chunk.write("\n\n", chunk.length - 2, "latin1");
  rendered.encodings.set("sse", chunk);
  return chunk;
};

const createSink = ({ response }: HttpContext, outlet: WriteBuffer, fail: () => void, complete: () => void): Sink => {
  let told = "";
  const write = (cursor: string, chunk: Buffer | string) => {
    if (!response.headersSent) response.writeHead(200, HEADERS);
    told = cursor;
    response.write(chunk);
  };
  return {
    send(rendered) {
      if (response.destroyed || response.writableEnded) return false;
      write(rendered.cursor, chunkOf(rendered));
      return !outlet.isFull();
    },
    drained: outlet.drained,
    checkpoint(cursor) {
      if (response.destroyed || response.writableEnded || !outlet.isEmpty() || cursor === told) return;
      write(cursor, `id: ${cursor}\n\n`);
    },
    complete,
    fail,
  };
};

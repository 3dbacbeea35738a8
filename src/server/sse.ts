import { GraphQLError, OperationTypeNode } from "graphql";
import type { Rendered, Sink } from "../events/feed.ts";
import type { Engine } from "./engine.ts";
import type { Exchange } from "./exchange.ts";
import type { Live } from "./live.ts";
import type { Params } from "./params.ts";
import { sendJson } from "./respond.ts";
import { operationOf } from "./stream.ts";

export interface SseOptions {
  readonly engine: Engine;
  readonly live: Live;
  /** How much may wait for a client that does not keep up. */
  readonly maxBufferedBytes?: number;
  /** How long a client may stop reading. */
  readonly stallMs?: number;
  readonly keepAliveMs?: number;
}

export interface Sse {
  readonly stream: (exchange: Exchange, params: Params) => Promise<void>;
  /** Ends every stream with the last cursor out. */
  readonly stop: () => void;
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};
const COMPLETE = "event: complete\ndata:\n\n";

/** GraphQL over server-sent events: every event carries its cursor as `id`, so that a browser's own reconnect resumes. */
export const createSse = ({
  engine,
  live,
  maxBufferedBytes = 256 * 1024,
  stallMs = 60_000,
  keepAliveMs = 12_000,
}: SseOptions): Sse => {
  const open = new Set<Exchange>();
  const keepAlive = setInterval(() => {
    for (const { response } of open) if (response.writableLength === 0) response.write(":\n\n");
  }, keepAliveMs);
  keepAlive.unref();

  const subscribe = (exchange: Exchange, params: Params) => {
    const { request, response } = exchange;
    const lastId = request.headers["last-event-id"];
    const sink = createSink(exchange, maxBufferedBytes, stallMs);
    // Deferred: a refusal has to be answered before the head of a stream is.
    const end = live.open(params, sink, typeof lastId === "string" && lastId !== "" ? lastId : undefined);
    exchange.note({ operationType: "subscription", operationName: params.operationName?.slice(0, 64) });
    open.add(exchange);
    response.once("close", () => {
      open.delete(exchange);
      end();
    });
    if (!response.headersSent) response.writeHead(200, HEADERS).flushHeaders();
  };

  return {
    async stream(exchange, params) {
      const { response } = exchange;
      try {
        const document = engine.admission.admit(params.query);
        const operation = operationOf(document, params);
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) return subscribe(exchange, params);
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        const { body, status } = engine.finish({ errors: [error] }, exchange, {});
        return sendJson(exchange, status === 200 ? 400 : status, body);
      }
      const { body } = await engine.run(params, exchange, { method: "POST", lenientStatus: true });
      if (exchange.signal.aborted) return;
      response.writeHead(200, HEADERS);
      response.end(`event: next\ndata: ${JSON.stringify(body)}\n\n${COMPLETE}`);
    },
    stop() {
      clearInterval(keepAlive);
      const last = `id: ${live.cursor()}\n\n`;
      for (const { response } of open) response.end(last);
    },
  };
};

const chunkOf = (rendered: Rendered): Buffer => {
  const known = rendered.made.get("sse");
  if (known !== undefined) return known;
  const chunk = Buffer.concat([
    Buffer.from(`id: ${rendered.cursor}\nevent: next\ndata: `),
    rendered.json,
    Buffer.from("\n\n"),
  ]);
  rendered.made.set("sse", chunk);
  return chunk;
};

const createSink = ({ response }: Exchange, maxBufferedBytes: number, stallMs: number): Sink => {
  const begin = () => {
    if (!response.headersSent) response.writeHead(200, HEADERS);
  };
  return {
    send(rendered) {
      if (response.destroyed || response.writableEnded) return false;
      begin();
      response.write(chunkOf(rendered));
      return response.writableLength < maxBufferedBytes;
    },
    drained() {
      if (response.destroyed || response.writableEnded) return Promise.resolve(false);
      if (response.writableLength < maxBufferedBytes) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = (caughtUp: boolean) => {
          clearTimeout(late);
          response.off("drain", onDrain).off("close", onClose);
          resolve(caughtUp);
        };
        const onDrain = () => settle(true);
        const onClose = () => settle(false);
        const late = setTimeout(() => {
          settle(false);
          response.destroy();
        }, stallMs);
        response.on("drain", onDrain).on("close", onClose);
      });
    },
    progress(cursor) {
      if (!response.destroyed && !response.writableEnded && response.writableLength === 0)
        response.write(`id: ${cursor}\n\n`);
    },
  };
};

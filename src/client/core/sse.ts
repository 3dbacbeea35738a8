import type { Connect, CredentialSource, WireEvents, WireRequest } from "./connection.ts";
import { type ClientResult, type EndReason, reasonOfErrors, reasonOfResponse } from "./result.ts";

/** What requests over HTTP need. */
export interface HttpTransportOptions {
  readonly url: string;
  readonly credentials: CredentialSource;
  readonly fetch: typeof fetch;
}

/** A stream without a byte for this long is dead: an idle server sends a comment every 12 seconds. */
const SILENCE_MS = 45_000;

/**
 * Opens subscriptions as server-sent events by `fetch`, which can send headers. A body is read as fast as its events are taken by the
 * network; the server keeps the rest in its log.
 */
export const createSseTransport =
  ({ url, credentials, fetch }: HttpTransportOptions): Connect =>
  (request, events) => {
    const abort = new AbortController();
    const watchdog = createWatchdog(() => abort.abort(new Error("The stream is silent.")));
    let isClosed = false;
    const close = () => {
      isClosed = true;
      watchdog.stop();
      abort.abort();
    };
    const run = async (): Promise<EndReason> => {
      const headers = await credentials.read();
      watchdog.touch();
      const response = await fetch(url, { ...requestInit(request, headers), signal: abort.signal });
      const type = response.headers.get("content-type") ?? "";
      if (!response.ok || !type.startsWith("text/event-stream")) {
        const body = (await response.json().catch(() => null)) as ClientResult<unknown> | null;
        return reasonOfResponse(response, body?.errors);
      }
      if (response.body === null) throw new Error("fetch cannot stream here: use WebSocket.");
      if (isClosed) return { kind: "complete" };
      events.open();
      return readStream(
        response.body,
        () => watchdog.touch(),
        () => isClosed,
        events,
      );
    };
    const report = async () => {
      const reason = await run().catch((cause: unknown): EndReason => ({ kind: "lost", cause }));
      if (isClosed) return;
      close();
      events.end(reason);
    };
    void report();
    return close;
  };

const requestInit = (request: WireRequest, headers: Readonly<Record<string, string>>): RequestInit => {
  const position = request.position();
  const { query, operationName, extensions } = request;
  return {
    method: "POST",
    headers: {
      ...headers,
      "content-type": "application/json",
      accept: "text/event-stream",
      ...(position === null ? {} : { "last-event-id": position }),
    },
    body: JSON.stringify({ query, operationName, extensions, variables: request.variables() }),
  };
};

const readStream = async (
  body: ReadableStream<Uint8Array>,
  touch: () => void,
  isClosed: () => boolean,
  events: WireEvents,
): Promise<EndReason> => {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { kind: "lost", cause: new Error("The stream ended."), atOnce: true };
    touch();
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const reason = isClosed() ? ({ kind: "complete" } as const) : takeBlock(block, events);
      if (reason !== undefined) return reason;
    }
  }
};

/** Reports one block of an event stream; returns why the stream ends, if the block ends it. */
const takeBlock = (block: string, events: WireEvents): EndReason | undefined => {
  const fields = new Map(
    block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const [name, data, cursor] = [fields.get("event"), fields.get("data"), fields.get("id")];
  if (name === "complete") return { kind: "complete" };
  if (name !== "next" || data === undefined) {
    if (cursor) events.checkpoint(cursor);
    return undefined;
  }
  const result = JSON.parse(data) as ClientResult<unknown>;
  const isExpired = result.data == null && result.errors !== undefined && !cursor;
  const reason = isExpired ? reasonOfErrors(result.errors) : undefined;
  if (reason?.kind === "unauthorized") return reason;
  events.result(result, cursor);
  return undefined;
};

const createWatchdog = (bark: () => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => clearTimeout(timer);
  return {
    stop,
    touch() {
      stop();
      timer = setTimeout(bark, SILENCE_MS);
    },
  };
};

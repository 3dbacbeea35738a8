import type { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";

interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  /** Cancels the request. Without a signal, a request that is sent cannot be cancelled. */
  readonly signal?: AbortSignal | undefined;
}

export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Buffer;
}

interface HttpStream {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Readable;
}

/** Why there is no answer. */
export type TransportFault = "unreachable" | "broken" | "timeout" | "aborted" | "too-large";

/** There is no answer. `sent`: whether the gateway may have received the request. */
export class TransportError extends Error {
  readonly fault: TransportFault;
  readonly sent: boolean;

  constructor(fault: TransportFault, sent: boolean) {
    super(fault);
    this.fault = fault;
    this.sent = sent;
  }
}

export interface Transport {
  /** Sends a request and reads the whole body; rejects with a TransportError if there is no answer. */
  readonly request: (request: HttpRequest) => Promise<HttpAnswer>;
  /** Sends a request and resolves with its body as a stream; rejects with a TransportError if there is no answer. */
  readonly stream: (request: HttpRequest) => Promise<HttpStream>;
  readonly stop: () => Promise<void>;
}

export interface TransportOptions {
  readonly origin: string;
  readonly connections: number;
  readonly maxBytes: number;
}

/** Creates a pool of connections to the gateway. Bodies are limited in size and requests in time; redirects are not followed. */
export const createTransport = ({ origin, connections, maxBytes }: TransportOptions): Transport => {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    connectTimeout: 5_000,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
  });
  return {
    request: (request) => send(pool, request, maxBytes),
    stream: (request) => stream(pool, request),
    stop: () => pool.destroy(),
  };
};

const send = (pool: Pool, request: HttpRequest, maxBytes: number): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    let status = 0;
    let headers: HttpHeaders = {};
    const chunks: Buffer[] = [];
    let bytes = 0;

    const settle = () => {
      settled = true;
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", onAbort);
    };
    const fail = (fault: TransportFault) => {
      if (settled) return;
      settle();
      reject(new TransportError(fault, controller !== undefined));
      controller?.abort(new Error(fault));
    };
    const onAbort = () => fail("aborted");
    const timer = setTimeout(() => fail("timeout"), request.timeoutMs);
    if (request.signal?.aborted === true) return fail("aborted");
    request.signal?.addEventListener("abort", onAbort, { once: true });

    pool.dispatch(
      { method: request.method, path: request.path, headers: request.headers, body: request.body },
      {
        onRequestStart(started) {
          if (settled) started.abort(new Error("settled"));
          else controller = started;
        },
        onResponseStart(_controller, statusCode, received) {
          status = statusCode;
          headers = received;
        },
        onResponseData(_controller, chunk) {
          bytes += chunk.length;
          if (bytes > maxBytes) fail("too-large");
          else chunks.push(chunk);
        },
        onResponseEnd() {
          if (settled) return;
          settle();
          resolve({
            status,
            headers,
            body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes),
          });
        },
        onResponseError(_controller, error) {
          fail(isConnectFault(error) ? "unreachable" : "broken");
        },
      },
    );
  });

const stream = async (pool: Pool, request: HttpRequest): Promise<HttpStream> => {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const untilHeaders = new AbortController();
  const abort = () => untilHeaders.abort();
  timeout.addEventListener("abort", abort, { once: true });
  request.signal?.addEventListener("abort", abort, { once: true });
  try {
    const answer = await pool.request({
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: request.body,
      signal: untilHeaders.signal,
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  } catch (error) {
    if (request.signal?.aborted === true) throw new TransportError("aborted", true);
    throw new TransportError(timeout.aborted ? "timeout" : isConnectFault(error) ? "unreachable" : "broken", true);
  } finally {
    timeout.removeEventListener("abort", abort);
  }
};

const CONNECT_FAULTS = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const isConnectFault = (error: unknown): boolean =>
  error instanceof Error && "code" in error && CONNECT_FAULTS.has(String(error.code));

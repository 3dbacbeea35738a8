import type { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { isCertificateFault, systemCodeOf } from "../runtime/connect-fault.ts";
import { type Coding, codingsOf, decompress, decompressStream } from "../runtime/compression.ts";

interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

interface StreamRequest extends HttpRequest {
  /** Longest time until the headers. */
  readonly timeoutMs: number;
  /** Cancels the request. */
  readonly signal: AbortSignal | undefined;
}

export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Without content codings; empty if they cannot be removed. */
  readonly body: Buffer;
}

interface HttpStream {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Without content codings; fails if they cannot be removed. */
  readonly body: Readable;
}

/** Why there is no answer. */
export type TransportFault = "unreachable" | "broken" | "timeout" | "aborted" | "unreadable";

/** There is no answer. `sent`: whether the gateway may have received the request. */
export class TransportError extends Error {
  readonly fault: TransportFault;
  readonly sent: boolean;
  /** The system's code for it, if there is one. */
  readonly code: string | undefined;

  constructor(fault: TransportFault, sent: boolean, code?: string) {
    super(fault);
    this.fault = fault;
    this.sent = sent;
    this.code = code;
  }
}

/** Ends a request that is under way; does nothing after its end. */
export type EndRequest = (fault: TransportFault) => void;

/** The connections to the gateway. It knows HTTP and no operation. */
export interface Transport {
  /**
   * Sends a request and reads the whole body. `done` is called once, with a TransportError if there is no answer. The request has no
   * time limit of its own: the caller ends it.
   */
  readonly send: (request: HttpRequest, done: (outcome: HttpAnswer | TransportError) => void) => EndRequest;
  /** Sends a request and resolves with its body as a stream; rejects with a TransportError if there is no answer. */
  readonly stream: (request: StreamRequest) => Promise<HttpStream>;
  readonly stop: () => Promise<void>;
}

export interface TransportOptions {
  readonly origin: string;
  readonly connections: number;
  readonly maxBytes: number;
}

/** Creates a pool of connections to the gateway. Bodies are limited in size; redirects are not followed. */
export const createTransport = ({ origin, connections, maxBytes }: TransportOptions): Transport => {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    connectTimeout: 5_000,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
  });
  return {
    send(request, done) {
      const buffered = new BufferedRequest(maxBytes, done);
      pool.dispatch(
        { method: request.method, path: request.path, headers: request.headers, body: request.body },
        buffered,
      );
      return (fault) => buffered.fail(fault);
    },
    stream: (request) => stream(pool, request),
    stop: () => pool.destroy(),
  };
};

const NOTHING = Buffer.alloc(0);

/** The codings of an answer, which some gateways and proxies apply unasked; null if one of them is unknown. */
const codingsIn = (headers: HttpHeaders): readonly Coding[] | null =>
  codingsOf(String(headers["content-encoding"] ?? ""));

/** A request whose body is read as a whole. */
class BufferedRequest implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #done: (outcome: HttpAnswer | TransportError) => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #isSettled = false;
  #status = 0;
  #headers: HttpHeaders = {};
  #bytes = 0;

  constructor(maxBytes: number, done: (outcome: HttpAnswer | TransportError) => void) {
    this.#maxBytes = maxBytes;
    this.#done = done;
  }

  fail(fault: TransportFault, code?: string): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#controller?.abort(new Error(fault));
    this.#done(new TransportError(fault, this.#controller !== undefined, code));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isSettled) controller.abort(new Error("settled"));
    else this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: HttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.fail("unreadable");
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#bytes);
    if (this.#headers["content-encoding"] === undefined) this.#succeed(body);
    else void this.#decode(body);
  }

  #succeed(body: Buffer): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#done({ status: this.#status, headers: this.#headers, body });
  }

  async #decode(body: Buffer): Promise<void> {
    const codings = codingsIn(this.#headers);
    const decoded = codings && (await decompress(body, codings, this.#maxBytes));
    this.#succeed(decoded?.kind === "whole" ? decoded.bytes : NOTHING);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const code = systemCodeOf(error);
    this.fail(isConnectFault(code) ? "unreachable" : "broken", code);
  }
}

/** @throws {TransportError} if one of the codings is unknown. */
const decodedBody = ({ headers, body }: Dispatcher.ResponseData): Readable => {
  const codings = codingsIn(headers);
  if (codings !== null) return decompressStream(body, codings);
  body.on("error", () => {}).destroy();
  throw new TransportError("unreadable", true);
};

const stream = async (pool: Pool, request: StreamRequest): Promise<HttpStream> => {
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
    return { status: answer.statusCode, headers: answer.headers, body: decodedBody(answer) };
  } catch (error) {
    if (error instanceof TransportError) throw error;
    if (request.signal?.aborted === true) throw new TransportError("aborted", true);
    if (timeout.aborted) throw new TransportError("timeout", true);
    const code = systemCodeOf(error);
    throw new TransportError(isConnectFault(code) ? "unreachable" : "broken", true, code);
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

const isConnectFault = (code: string | undefined): boolean =>
  code !== undefined && (CONNECT_FAULTS.has(code) || isCertificateFault(code));

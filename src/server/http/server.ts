import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "../../runtime/logger.ts";
import { withAccessLog } from "./access-log.ts";
import type { HttpContext, Handle } from "./context.ts";
import { sendEmpty } from "./respond.ts";

/** What one connection may cost. The heads of 16 KiB still hold thousands of empty headers, hence a limit to their number. */
const HTTP_LIMITS = {
  headerBytes: 16 * 1024,
  headers: 100,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
} as const;

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly handle: Handle;
  readonly logger: Logger;
  /** Told of every request when it is over. */
  readonly onAnswered?: ((exchange: HttpContext) => void) | undefined;
  /** Takes a connection that wants to become something else; without it, such requests are refused. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** How long requests in flight may take to end once the server stops. */
  readonly drainMs?: number;
}

export interface HttpServer {
  /** Where it can be reached from this machine, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, lets those in flight end, then cuts what is left. */
  readonly stop: () => Promise<void>;
  /** The same, with another time for those in flight. */
  readonly stopWithin: (drainMs: number) => Promise<void>;
}

/** Starts to listen; rejects with a sentence for the operator where that cannot be. */
export const startHttpServer = async ({
  host,
  port,
  handle,
  logger,
  onAnswered,
  upgrade,
  drainMs = 10_000,
}: HttpServerOptions): Promise<HttpServer> => {
  const server = createServer({
    maxHeaderSize: HTTP_LIMITS.headerBytes,
    headersTimeout: HTTP_LIMITS.headersMs,
    requestTimeout: HTTP_LIMITS.requestMs,
    keepAliveTimeout: HTTP_LIMITS.keepAliveMs,
    connectionsCheckingInterval: 2_000,
    // Clients that offer HTTP/2 in passing, as Java's does with its first request, are answered in HTTP/1.
    shouldUpgradeCallback: ({ headers }) => upgrade !== undefined && headers.upgrade?.toLowerCase() === "websocket",
  });
  // Node drops headers beyond this number without a word; they are refused below instead.
  server.maxHeadersCount = 0;
  const inFlight = new Set<ServerResponse>();
  const limited: Handle = (exchange) => {
    inFlight.add(exchange.response);
    exchange.response.once("close", () => inFlight.delete(exchange.response));
    if (exchange.request.rawHeaders.length / 2 <= HTTP_LIMITS.headers) return handle(exchange);
    sendEmpty(exchange, 431, { connection: "close" });
  };
  server.on("request", withAccessLog(limited, logger, onAnswered));
  if (upgrade !== undefined) server.on("upgrade", upgrade);
  await listen(server, host, port);
  server.on("error", (error) => logger.error({ err: error }, "server failed"));
  const address = server.address() as AddressInfo;
  const stopWithin = (ms: number) => stop(server, inFlight, ms);
  return { url: urlOf(host, address.port), port: address.port, stop: () => stopWithin(drainMs), stopWithin };
};

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(Object.assign(new Error(sentence(error, host, port), { cause: error }), { code: error.code })),
    );
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });

const sentence = ({ code }: NodeJS.ErrnoException, host: string, port: number): string => {
  const asked = `Listening on ${host}, port ${port}, was asked for`;
  if (code === "EADDRINUSE")
    return `${asked}, but the port is taken: set PORT to another one, or to 0 for any free one.`;
  if (code === "EACCES") return `${asked}, but this user may not take the port: set PORT to one above 1023.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `${asked}, but this machine has no such address: set HOST.`;
  return `${asked}, but failed with ${code ?? "an unknown error"}.`;
};

const urlOf = (host: string, port: number): string => {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
};

const stop = (server: Server, inFlight: ReadonlySet<ServerResponse>, drainMs: number): Promise<void> =>
  new Promise((resolve) => {
    for (const response of inFlight) if (!response.headersSent) response.setHeader("connection", "close");
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    // A connection kept alive is idle only after its last answer, which may come later than the call to close.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });

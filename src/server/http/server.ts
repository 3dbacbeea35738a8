import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connectionLimit } from "../../runtime/file-limit.ts";
import type { Logger } from "../../runtime/logger.ts";
import { oncePerMinute } from "../../runtime/throttle.ts";
import { type AccessLogOptions, withAccessLog } from "./access-log.ts";
import { createClientAddressOf } from "./client-address.ts";
import type { Handle } from "./context.ts";
import { GuardedResponse } from "./response.ts";
import { createServerCloser } from "./server-closer.ts";
import { sendEmpty } from "./respond.ts";
import { createUpgradeListener, type Upgrade } from "./upgrade.ts";

/** Limits per connection. 16 KiB can hold thousands of empty headers, hence a limit on their number. */
const HTTP_LIMITS = {
  headerBytes: 16 * 1024,
  headers: 100,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  /** Connections that the system holds while this process is busy. Of one more the client hears nothing, and tries again seconds later. */
  backlog: 4_096,
} as const;

/** Reports connections that are refused, because there are too many or because none can be accepted. */
const reportRefusals = (server: Server, logger: Logger): void => {
  const { maxConnections } = server;
  server.on(
    "drop",
    oncePerMinute((times) => logger.error({ times, maxConnections }, "too many connections; new ones are refused")),
  );
  let lastError: Error | undefined;
  const reportError = oncePerMinute((times) => logger.error({ times, err: lastError }, "server failed"));
  server.on("error", (error) => {
    lastError = error;
    reportError();
  });
};

/** Counts the connections of each address until they are closed or become WebSockets; returns those beyond the limit. */
const countConnections = (
  server: Server,
  admit: NonNullable<HttpServerOptions["admitConnection"]>,
): WeakSet<Socket> => {
  const excess = new WeakSet<Socket>();
  const releases = new WeakMap<Duplex, () => void>();
  server.on("connection", (socket: Socket) => {
    const release = admit(socket.remoteAddress ?? "");
    if (release === null) {
      excess.add(socket);
      return;
    }
    releases.set(socket, release);
    socket.on("close", release);
  });
  server.on("upgrade", (_request, socket) => {
    const release = releases.get(socket);
    if (release === undefined) return;
    release();
    releases.delete(socket);
    socket.off("close", release);
  });
  return excess;
};

/** The variables that set the address of a server. */
export interface AddressVariables {
  readonly host: string;
  readonly port: string;
}

export interface HttpServerOptions extends Pick<AccessLogOptions, "onResponse" | "isRoutine"> {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  readonly handle: Handle;
  readonly logger: Logger;
  /** @default the address of the connection */
  readonly clientAddressOf?: AccessLogOptions["clientAddressOf"];
  /** @default every request is logged */
  readonly sample?: AccessLogOptions["sample"];
  /** @default null */
  readonly tracer?: AccessLogOptions["tracer"];
  /** Handles requests to upgrade the connection; without it, such requests get a plain HTTP response. */
  readonly upgrade?: Upgrade;
  /**
   * Counts a new connection from an address; returns what ends the count, or null if the address has too many connections. Those are
   * refused at their first request, before it is read. @default every connection is accepted
   */
  readonly admitConnection?: (address: string) => (() => void) | null;
  /** The variables that set the address, for the message if it cannot be used. @default HOST and PORT */
  readonly variables?: AddressVariables;
  /** How long a client may read nothing of a complete response, in milliseconds. @default 60000 */
  readonly stallMs?: number;
  /** Milliseconds that requests in flight may take after the server stops. @default 10000 */
  readonly drainMs?: number;
}

/**
 * Returns the status for a head that must not be handled; null for any other. Two Host headers are two opinions on whom the request
 * is for: Node takes the first, and a proxy in front may have taken the other.
 */
const headFault = ({ rawHeaders }: IncomingMessage): { readonly status: number; readonly reason: string } | null => {
  if (rawHeaders.length / 2 > HTTP_LIMITS.headers) return { status: 431, reason: "Request Header Fields Too Large" };
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts > 1 ? { status: 400, reason: "Bad Request" } : null;
};

/** A listening HTTP server. */
export interface HttpServer {
  /** The URL on this machine, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Accepts no more requests, waits for those in flight, then closes the remaining connections. */
  readonly stop: () => Promise<void>;
  /** Does the same with another limit in milliseconds for requests in flight. */
  readonly stopWithin: (drainMs: number) => Promise<void>;
}

/** Starts to listen. Rejects with a message for the operator if that fails. */
export const startHttpServer = async ({
  host,
  port,
  handle,
  logger,
  clientAddressOf = createClientAddressOf([]),
  sample = () => true,
  tracer = null,
  onResponse,
  isRoutine,
  upgrade,
  admitConnection,
  variables = { host: "HOST", port: "PORT" },
  stallMs,
  drainMs = 10_000,
}: HttpServerOptions): Promise<HttpServer> => {
  const server = createServer({
    ServerResponse: GuardedResponse,
    maxHeaderSize: HTTP_LIMITS.headerBytes,
    headersTimeout: HTTP_LIMITS.headersMs,
    requestTimeout: HTTP_LIMITS.requestMs,
    keepAliveTimeout: HTTP_LIMITS.keepAliveMs,
    connectionsCheckingInterval: 2_000,
    // Clients that also offer HTTP/2, as Java's client does with its first request, get a response in HTTP/1.
    shouldUpgradeCallback: ({ headers }) => upgrade !== undefined && headers.upgrade?.toLowerCase() === "websocket",
  });
  server.maxConnections = connectionLimit();
  // Node silently drops headers beyond this number; they are rejected below instead.
  server.maxHeadersCount = 0;
  const excess = admitConnection === undefined ? new WeakSet<Socket>() : countConnections(server, admitConnection);
  const closer = createServerCloser(server);
  const limited: Handle = (context) => {
    context.response.once("close", closer.track(context.response));
    if (stallMs !== undefined) context.response.stallMs = stallMs;
    if (excess.has(context.request.socket))
      return sendEmpty(context, 429, { connection: "close", "retry-after": "10" });
    const fault = headFault(context.request);
    if (fault === null) return handle(context);
    sendEmpty(context, fault.status, { connection: "close" });
  };
  server.on("request", withAccessLog(limited, { logger, clientAddressOf, sample, tracer, onResponse, isRoutine }));
  if (upgrade !== undefined) {
    const guarded: Upgrade = (request, socket, head, refuse) => {
      const fault = headFault(request);
      if (fault === null) upgrade(request, socket, head, refuse);
      else refuse(fault.status, fault.reason);
    };
    server.on("upgrade", createUpgradeListener(guarded, logger, clientAddressOf));
  }
  await listen(server, { host, port }, variables);
  reportRefusals(server, logger);
  const address = server.address() as AddressInfo;
  const stopWithin = (ms: number) => closer.close(ms);
  return { url: urlOf(host, address.port), port: address.port, stop: () => stopWithin(drainMs), stopWithin };
};

interface Address {
  readonly host: string;
  readonly port: number;
}

const listen = (server: Server, { host, port }: Address, variables: AddressVariables): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, { host, port }, variables)));
    server.listen({ port, host, backlog: HTTP_LIMITS.backlog }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });

/** Returns an error for the operator: why a server cannot listen on its address, and which variable to set. */
export const listenError = (error: NodeJS.ErrnoException, address: Address, variables: AddressVariables): Error =>
  Object.assign(new Error(listenFault(error, address, variables), { cause: error }), { code: error.code });

const listenFault = ({ code }: NodeJS.ErrnoException, { host, port }: Address, variables: AddressVariables): string => {
  const failed = `Cannot listen on ${host}, port ${port}`;
  if (code === "EADDRINUSE")
    return `${failed}: the port is in use. Set ${variables.port} to another port, or to 0 for a free one.`;
  if (code === "EACCES")
    return `${failed}: this user may not use the port. Set ${variables.port} to a port above 1023.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `${failed}: this machine does not have the address. Set ${variables.host} to one of its addresses.`;
  return `${failed}: ${code ?? "unknown error"}.`;
};

const urlOf = (host: string, port: number): string => {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
};

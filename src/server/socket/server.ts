import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { type Connection, type ConnectionOptions, openConnection } from "./connection.ts";
import { CLOSE } from "./protocol.ts";

export interface SocketServerOptions
  extends Pick<ConnectionOptions, "engine" | "live" | "logger">,
    Partial<Omit<ConnectionOptions, "engine" | "live" | "logger">> {
  /** Where sockets are taken. */
  readonly path: string;
  readonly maxMessageBytes?: number;
  readonly keepAliveMs?: number;
  /** Over how long connections are closed when the server stops, so that clients do not come back all at once. */
  readonly spreadMs?: number;
}

export interface SocketServer {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly size: () => number;
  /** Takes no more connections, and closes those there are, spread over time. */
  readonly stop: () => Promise<void>;
}

/** GraphQL over WebSocket. */
export const createSocketServer = ({
  engine,
  live,
  logger,
  path,
  initTimeoutMs = 3_000,
  maxOperations = 100,
  maxBufferedBytes = 256 * 1024,
  stallMs = 60_000,
  maxMessageBytes = 1024 * 1024,
  keepAliveMs = 12_000,
  spreadMs = 5_000,
}: SocketServerOptions): SocketServer => {
  const options = { engine, live, logger, initTimeoutMs, maxOperations, maxBufferedBytes, stallMs };
  const connections = new Map<WebSocket, Connection>();
  let stopping = false;
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  });
  const beat = setInterval(() => {
    for (const [socket, connection] of connections) if (!connection.isAlive()) socket.terminate();
  }, keepAliveMs);
  beat.unref();

  const accept = (socket: WebSocket) => {
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      return socket.close(CLOSE.SubprotocolNotAcceptable, "Subprotocol not acceptable");
    }
    connections.set(socket, openConnection(socket, options));
    socket.once("close", () => connections.delete(socket));
  };

  return {
    upgrade(request, socket, head) {
      if (URL.parse(request.url ?? "", "http://localhost")?.pathname !== path) return refuse(socket, 404, "Not Found");
      if (stopping) return refuse(socket, 503, "Service Unavailable");
      if (!isOwnOrigin(request)) return refuse(socket, 403, "Forbidden");
      wss.handleUpgrade(request, socket, head, accept);
    },
    size: () => connections.size,
    async stop() {
      stopping = true;
      clearInterval(beat);
      const all = [...connections];
      const closed = all.map(([socket]) => new Promise<void>((resolve) => void socket.once("close", () => resolve())));
      for (const [index, [socket, connection]] of all.entries()) {
        setTimeout(() => connection.restart(), (spreadMs * index) / all.length);
        setTimeout(() => socket.terminate(), spreadMs + 1_000).unref();
      }
      await Promise.all(closed);
    },
  };
};

/** Browsers send cookies and reach loopback from any page: a page of another origin gets no socket. */
const isOwnOrigin = ({ headers }: IncomingMessage): boolean => {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
};

export const refuse = (socket: Duplex, status: number, reason: string): void => {
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

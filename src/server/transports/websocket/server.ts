import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { LIMITS } from "../../admission/limits.ts";
import { createSemaphores } from "../../admission/quotas.ts";
import { parseTarget } from "../../http/context.ts";
import type { Upgrade } from "../../http/upgrade.ts";
import type { OriginPolicy } from "../../http/origin.ts";
import { networkKey } from "../../identity/quota-key.ts";
import { DRAIN_STAGGER, runStaggered, type Stagger } from "../stagger.ts";
import { createCork } from "../write-buffer.ts";
import { SocketConnection, type SocketConnectionOptions } from "./connection.ts";
import { CLOSE } from "./protocol.ts";

type Parts =
  | "executor"
  | "subscriptions"
  | "endsWithResult"
  | "logger"
  | "identify"
  | "entrance"
  | "expiry"
  | "signatureGuard"
  | "clientAddressOf"
  | "sample"
  | "observer";

/** Limits and timeouts of sockets. */
export interface SocketTuning extends Omit<SocketConnectionOptions, Parts | "callerSockets" | "cork" | "onClosed"> {
  readonly maxMessageBytes: number;
  readonly keepAliveMs: number;
  /** Open sockets of this process. */
  readonly maxSockets: number;
  /** Open sockets of one address, and of one caller. */
  readonly maxSocketsPerCaller: number;
  /** Over how long sockets are closed when the server stops. */
  readonly stagger: Stagger;
  /** Milliseconds that queries and mutations may take to end when the server stops. */
  readonly graceMs: number;
}

/** What the WebSocket server needs. */
export interface SocketServerOptions extends Pick<SocketConnectionOptions, Parts>, Partial<SocketTuning> {
  /** The path at which sockets are accepted. */
  readonly path: string;
  readonly origins: OriginPolicy;
}

/** The transport for WebSocket. */
export interface SocketServer {
  readonly upgrade: Upgrade;
  readonly size: () => number;
  /** Returns the bytes that wait for clients. */
  readonly waiting: () => number;
  /** Accepts no more connections and closes the open ones, spread over time. */
  readonly stop: () => Promise<void>;
}

/** GraphQL over WebSocket. */
export const createSocketServer = ({ path, origins, ...overrides }: SocketServerOptions): SocketServer => {
  const tuning = {
    initTimeoutMs: 3_000,
    maxOperations: 100,
    maxBufferedBytes: 256 * 1024,
    stallMs: 60_000,
    maxMessageBytes: 1024 * 1024,
    keepAliveMs: 12_000,
    maxSockets: 10_000,
    maxSocketsPerCaller: LIMITS.sockets,
    stagger: DRAIN_STAGGER,
    graceMs: 7_000,
    ...overrides,
  };
  /** Null for a socket of another protocol, which is being closed. */
  const sockets = new Map<WebSocket, SocketConnection | null>();
  const addressSockets = createSemaphores(() => tuning.maxSocketsPerCaller);
  const callerSockets = createSemaphores(() => tuning.maxSocketsPerCaller);
  const onClosed = (socket: WebSocket) => void sockets.delete(socket);
  const options = { ...tuning, callerSockets, cork: createCork(), onClosed };
  let stopping = false;
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes,
    clientTracking: false,
    autoPong: false,
    handleProtocols: (offered) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  });
  const keepAliveTimer = setInterval(() => {
    for (const [socket, connection] of sockets) if (connection?.isAlive() !== true) socket.terminate();
  }, options.keepAliveMs);
  keepAliveTimer.unref();

  /** Shared by all sockets: listeners are a part of the memory that idle subscribers take. */
  const ignoreError = () => {};

  const accept = (socket: WebSocket, stream: Duplex, request: IncomingMessage) => {
    // A client of another protocol may send anything, and an error without a listener ends the process.
    socket.on("error", ignoreError);
    if (socket.protocol === GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      sockets.set(socket, new SocketConnection(socket, stream, request, options));
    } else {
      sockets.set(socket, null);
      socket.on("close", () => onClosed(socket));
      socket.close(CLOSE.SubprotocolNotAcceptable, "Subprotocol not acceptable");
    }
  };

  return {
    upgrade(request, socket, head, refuse) {
      if (parseTarget(request)?.pathname !== path) return refuse(404, "Not Found");
      if (!origins.allows(request)) return refuse(403, "Forbidden");
      if (stopping || sockets.size >= options.maxSockets) return refuse(503, "Service Unavailable");
      const release = addressSockets.acquire(networkKey(options.clientAddressOf(request)));
      if (release === null) return refuse(429, "Too Many Requests");
      socket.on("close", release);
      wss.handleUpgrade(request, socket, head, (accepted) => accept(accepted, socket, request));
    },
    size: () => sockets.size,
    waiting: () => [...sockets.values()].reduce((sum, connection) => sum + (connection?.waiting() ?? 0), 0),
    async stop() {
      stopping = true;
      clearInterval(keepAliveTimer);
      const all = [...sockets];
      const closed = all.map(([socket]) => new Promise<void>((resolve) => void socket.once("close", () => resolve())));
      const graceTimer = setTimeout(() => all.forEach(([socket]) => socket.terminate()), options.graceMs);
      await runStaggered(all, options.stagger, ([socket, connection]) => {
        if (connection === null) socket.terminate();
        else connection.restart();
      });
      await Promise.all(closed);
      clearTimeout(graceTimer);
    },
  };
};

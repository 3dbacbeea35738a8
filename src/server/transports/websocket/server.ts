import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { networkKey } from "../../identity/quota-key.ts";
import { LIMITS } from "../../admission/limits.ts";
import type { OriginPolicy } from "../../http/origin.ts";
import { createSemaphores } from "../../admission/slots.ts";
import { DRAIN_STAGGER, type Stagger, stagger } from "../stagger.ts";
import { type SocketConnection, type SocketConnectionOptions, openSocketConnection } from "./connection.ts";
import { CLOSE } from "./protocol.ts";
import { refuseUpgrade } from "../../http/refuse-upgrade.ts";

type Parts = "engine" | "live" | "logger" | "identify" | "expiry" | "gate" | "sourceOf";

export interface SocketTuning extends Omit<SocketConnectionOptions, Parts | "callers"> {
  readonly maxMessageBytes: number;
  readonly keepAliveMs: number;
  /** How many sockets at once. */
  readonly maxSockets: number;
  /** How many of them from one address, and how many of one caller. */
  readonly maxSocketsEach: number;
  /** Over how long sockets are closed when the server stops. */
  readonly spread: Stagger;
  /** How long queries and mutations may take to end once the server stops. */
  readonly graceMs: number;
}

export interface SocketServerOptions extends Pick<SocketConnectionOptions, Parts>, Partial<SocketTuning> {
  /** Where sockets are taken. */
  readonly path: string;
  readonly origins: OriginPolicy;
}

export interface SocketServer {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly size: () => number;
  /** Takes no more connections, and closes those there are, spread over time. */
  readonly stop: () => Promise<void>;
}

/** Heads of 16 KiB hold thousands of empty headers. */
const MAX_HEADERS = 100;

/** GraphQL over WebSocket. */
export const createSocketServer = ({ path, origins, ...given }: SocketServerOptions): SocketServer => {
  const tuning = {
    initTimeoutMs: 3_000,
    maxOperations: 100,
    maxBufferedBytes: 256 * 1024,
    stallMs: 60_000,
    maxMessageBytes: 1024 * 1024,
    keepAliveMs: 12_000,
    maxSockets: 10_000,
    maxSocketsEach: LIMITS.sockets,
    spread: DRAIN_STAGGER,
    graceMs: 7_000,
    ...given,
  };
  const sockets = new Map<WebSocket, SocketConnection | null>();
  const addresses = createSemaphores(tuning.maxSocketsEach);
  const options = { ...tuning, callers: createSemaphores(tuning.maxSocketsEach) };
  let stopping = false;
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  });
  const beat = setInterval(() => {
    for (const [socket, connection] of sockets) if (connection?.isAlive() !== true) socket.terminate();
  }, options.keepAliveMs);
  beat.unref();

  const accept = (socket: WebSocket, stream: Duplex, request: IncomingMessage) => {
    // One that speaks another protocol may send anything: an error that nobody hears ends the process.
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    const isOurs = socket.protocol === GRAPHQL_TRANSPORT_WS_PROTOCOL;
    sockets.set(socket, isOurs ? openSocketConnection(socket, stream, request, options) : null);
    if (!isOurs) socket.close(CLOSE.SubprotocolNotAcceptable, "Subprotocol not acceptable");
  };

  return {
    upgrade(request, socket, head) {
      const refuse = (status: number, reason: string) => refuseUpgrade(socket, status, reason);
      if (request.rawHeaders.length / 2 > MAX_HEADERS) return refuse(431, "Request Header Fields Too Large");
      if (URL.parse(request.url ?? "", "http://localhost")?.pathname !== path) return refuse(404, "Not Found");
      if (!origins.allows(request)) return refuse(403, "Forbidden");
      if (stopping || sockets.size >= options.maxSockets) return refuse(503, "Service Unavailable");
      const leave = addresses.acquire(networkKey(options.sourceOf(request)));
      if (leave === null) return refuse(429, "Too Many Requests");
      socket.once("close", leave);
      wss.handleUpgrade(request, socket, head, (accepted) => accept(accepted, socket, request));
    },
    size: () => sockets.size,
    async stop() {
      stopping = true;
      clearInterval(beat);
      const all = [...sockets];
      const closed = all.map(([socket]) => new Promise<void>((resolve) => void socket.once("close", () => resolve())));
      const late = setTimeout(() => all.forEach(([socket]) => socket.terminate()), options.graceMs);
      await stagger(all, options.spread, ([socket, connection]) =>
        (connection ?? { restart: () => socket.terminate() }).restart(),
      );
      await Promise.all(closed);
      clearTimeout(late);
    },
  };
};

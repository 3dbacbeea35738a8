import type { HttpContext } from "../http/context.ts";
import type { AdmittedContext, AuthenticatedContext, Caller } from "../identity/caller.ts";
import { networkKey, quotaKey } from "../identity/quota-key.ts";
import type { CallerMemoryShare } from "../http/body.ts";
import { CallerMemory, MAX_CALLER_BYTES } from "./caller-memory.ts";
import { createCallerConnections } from "./connections.ts";
import type { Quotas } from "./quotas.ts";
import { Turns } from "./turns.ts";

/** Lets messages on WebSockets in. */
export interface SocketEntrance {
  /**
   * Waits for the turn of a message on a WebSocket: that of its address as long as its caller is not known. Undefined if it may be handled
   * now.
   */
  readonly awaitTurn: (sender: SocketSender) => Promise<void> | undefined;
  /** Returns a share of the memory of a message on a WebSocket; it has taken nothing yet. */
  readonly memoryOf: (sender: SocketSender) => CallerMemoryShare;
}

/** Lets requests and messages in. All paths that execute operations share one. */
export interface Entrance extends SocketEntrance {
  /**
   * Waits for the turn of a request that is not authenticated yet, so that rejected requests take turns too. False if the client
   * disconnected.
   */
  readonly arrive: (context: HttpContext) => Promise<boolean> | true;
  /**
   * Receives a request, and serves what was received when it is its caller's turn. If the client has left by then, nothing is served.
   *
   * @throws OperationRejected for a request beyond the limits of its caller, before it is received.
   */
  readonly serve: <Received>(
    context: AuthenticatedContext,
    receive: (context: AdmittedContext) => Promise<Received>,
    respond: (context: AdmittedContext, received: Received) => Promise<void>,
  ) => Promise<void>;
}

/** Who sends on a WebSocket. */
export interface SocketSender {
  readonly address: string;
  /** Undefined as long as it is not known. */
  readonly identity: Caller["identity"] | undefined;
}

/** Creates an entrance; a caller may have at most `maxConnections` open connections. */
export const createEntrance = (quotas: Quotas, maxConnections: number): Entrance => {
  const [arrivals, turns] = [new Turns(), new Turns()];
  const connections = createCallerConnections(maxConnections);
  const callerMemory = new CallerMemory(MAX_CALLER_BYTES);
  return {
    arrive(context) {
      const turn = arrivals.enter(networkKey(context.address), credentialOf(context));
      return turn === undefined || turn.then(() => !context.response.closed);
    },
    async serve(context, receive, respond) {
      connections.admit(context, context.request.socket);
      const key = quotaKey(context);
      const release = quotas.acquireRequest(context);
      const memory = callerMemory.share(key);
      const admitted = Object.assign(context, { memory });
      try {
        const received = await receive(admitted);
        const turn = turns.enter(key);
        if (turn !== undefined) await turn;
        if (!context.response.closed) await respond(admitted, received);
      } finally {
        whenRead(context, () => {
          memory.release();
          release();
        });
      }
    },
    awaitTurn: ({ address, identity }) =>
      identity === undefined ? arrivals.enter(networkKey(address)) : turns.enter(quotaKey({ identity, address })),
    memoryOf: ({ address, identity }) =>
      callerMemory.share(identity === undefined ? networkKey(address) : quotaKey({ identity, address })),
  };
};

/** Calls back when the system has all of a response that has ended, or its connection is closed; at once for one that goes on. */
const whenRead = ({ request: { socket }, response }: HttpContext, callback: () => void): void => {
  if (!response.writableEnded || response.writableLength === 0 || socket.destroyed) return callback();
  const end = () => {
    response.off("close", end);
    socket.off("close", end);
    callback();
  };
  // The socket too: a response that waits behind another one on its connection gets no event when the connection closes.
  response.on("close", end);
  socket.on("close", end);
};

/** What the headers call the sender. It is not verified yet, and a flood can have many names: an address has one turn for all. */
const credentialOf = ({ request: { headers } }: HttpContext): string => {
  const credential = headers.authorization ?? headers["x-api-key"];
  return typeof credential === "string" ? credential : "";
};

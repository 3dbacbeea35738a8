import type { Server, ServerResponse } from "node:http";
import { Server as TcpServer, type Socket } from "node:net";

/** How long a server waits at most for a moment without new connections, and for a connection to send its first request. */
const QUIET_MS = 2_000;
const FIRST_REQUEST_MS = 1_000;
const SWEEP_MS = 50;
const QUIET_TURNS = 20;
/** The longest turn in which a connection is unlikely to arrive; on a busy machine, where there are none so short, it doubles. */
const SHORT_TURN_MS = 0.1;
const DOUBLING_MS = 250;

/** A response in flight. The reference is cleared at the end, because entries of a Set can survive many collections. */
interface Tracked {
  response: ServerResponse | undefined;
}

/** Closes a server without an error for anyone who was connected in time. */
export interface ServerCloser {
  /** Called with each response before it is sent; the result is called when it is sent, or its connection is closed. */
  readonly track: (response: ServerResponse) => () => void;
  /** Accepts no more connections, and resolves when those that exist have their responses, or are cut after `drainMs`. */
  readonly close: (drainMs: number) => Promise<void>;
}

/**
 * A balancer must not resend a mutation, so a connection that closes before its response is an error for the client. Node
 * ends two kinds of them when it closes: those that the system has accepted and the process has not, and those whose first request is on
 * its way.
 */
export const createServerCloser = (server: Server): ServerCloser => {
  const inFlight = new Set<Tracked>();
  const withoutRequest = new Set<Socket>();
  // One listener for all connections: those that become WebSockets are kept for days.
  const forget = function (this: Socket) {
    withoutRequest.delete(this);
  };
  server.on("connection", (socket) => {
    withoutRequest.add(socket);
    socket.on("close", forget);
  });
  server.on("upgrade", ({ socket }) => {
    withoutRequest.delete(socket);
    socket.off("close", forget);
  });
  return {
    track(response) {
      withoutRequest.delete(response.req.socket);
      const tracked: Tracked = { response };
      inFlight.add(tracked);
      return () => {
        tracked.response = undefined;
        inFlight.delete(tracked);
      };
    },
    async close(drainMs) {
      await quietMoment(server);
      const startedAt = performance.now();
      for (const { response } of inFlight)
        if (response?.headersSent === false) response.setHeader("connection", "close");
      // The method of the HTTP server also ends every connection without a request.
      const closed = new Promise((resolve) => void TcpServer.prototype.close.call(server, resolve));
      const closeTimer = setTimeout(() => server.closeAllConnections(), drainMs);
      // A kept-alive connection becomes idle after its last response.
      const sweep = setInterval(() => {
        if (withoutRequest.size === 0 || performance.now() - startedAt > FIRST_REQUEST_MS)
          server.closeIdleConnections();
      }, SWEEP_MS);
      await closed;
      clearTimeout(closeTimer);
      clearInterval(sweep);
      // Now its own method ends only what it started itself.
      server.close();
    },
  };
};

/**
 * Resolves at the end of a turn of the event loop in which no connection arrived, after several of them. A connection that arrives between
 * the poll of that turn and the close is lost, so that the turn has to be short: shorter than a limit that grows until `QUIET_MS`.
 */
const quietMoment = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const begun = performance.now();
    let [last, turns] = [begun, 0];
    const onConnection = () => {
      turns = -1;
    };
    const turn = () => {
      const now = performance.now();
      const limit = SHORT_TURN_MS * 2 ** ((now - begun) / DOUBLING_MS);
      turns = now - last < limit ? turns + 1 : 0;
      last = now;
      if (turns < QUIET_TURNS && now - begun < QUIET_MS) {
        setImmediate(turn);
      } else {
        server.off("connection", onConnection);
        resolve();
      }
    };
    server.on("connection", onConnection);
    setImmediate(turn);
  });

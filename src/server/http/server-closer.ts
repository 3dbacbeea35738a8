import type { Server, ServerResponse } from "node:http";
import { Server as TcpServer, type Socket } from "node:net";

/** How long a server waits at most for a moment without new connections, and for a connection to send its first request. */
const QUIET_MS = 250;
const FIRST_REQUEST_MS = 1_000;
const SWEEP_MS = 50;
const QUIET_TURNS = 20;

/** A response in flight, no more when it has ended: what a set has held may outlive many collections. */
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
 * A balancer must not repeat a mutation that it has sent, so that a connection that ends before its response is an error of the client.
 * Node ends two kinds of them when it closes: those that the system has accepted and the process has not, and those whose first request is
 * on its way.
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

/** Resolves after some turns of the event loop, each of less than a millisecond, in which no connection arrived. */
const quietMoment = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const deadline = performance.now() + QUIET_MS;
    let [last, turns] = [performance.now(), 0];
    const onConnection = () => {
      turns = -1;
    };
    const turn = () => {
      const now = performance.now();
      turns = now - last < 1 ? turns + 1 : 0;
      last = now;
      if (turns < QUIET_TURNS && now < deadline) {
        setImmediate(turn);
      } else {
        server.off("connection", onConnection);
        resolve();
      }
    };
    server.on("connection", onConnection);
    setImmediate(turn);
  });

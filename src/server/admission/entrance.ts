import type { HttpContext } from "../http/context.ts";
import type { AuthenticatedContext, Identity } from "../identity/caller.ts";
import { networkKey, quotaKey } from "../identity/quota-key.ts";
import { createCallerConnections } from "./connections.ts";
import type { Quotas } from "./quotas.ts";
import { Turns } from "./turns.ts";

/** Lets requests and messages in. All paths that execute operations share one. */
export interface Entrance {
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
    receive: (context: AuthenticatedContext) => Promise<Received>,
    respond: (context: AuthenticatedContext, received: Received) => Promise<void>,
  ) => Promise<void>;
  /**
   * Waits for the turn of a message on a WebSocket: that of its address as long as its caller is not known. Undefined if it may be handled
   * now.
   */
  readonly awaitTurn: (address: string, identity: Identity | undefined) => Promise<void> | undefined;
}

/** Creates an entrance; a caller may have at most `maxConnections` open connections. */
export const createEntrance = (quotas: Quotas, maxConnections: number): Entrance => {
  const [arrivals, turns] = [new Turns(), new Turns()];
  const connections = createCallerConnections(maxConnections);
  return {
    arrive(context) {
      const turn = arrivals.enter(networkKey(context.address), credentialOf(context));
      return turn === undefined || turn.then(() => !context.response.closed);
    },
    async serve(context, receive, respond) {
      connections.admit(context, context.request.socket);
      const release = quotas.acquireRequest(context);
      try {
        const received = await receive(context);
        const turn = turns.enter(quotaKey(context));
        if (turn !== undefined) await turn;
        if (!context.signal.aborted) await respond(context, received);
      } finally {
        release();
      }
    },
    awaitTurn: (address, identity) =>
      identity === undefined ? arrivals.enter(networkKey(address)) : turns.enter(quotaKey({ identity, address })),
  };
};

/** What the headers call the sender. It is not verified yet, and a flood can have many names: an address has one turn for all. */
const credentialOf = ({ request: { headers } }: HttpContext): string => {
  const credential = headers.authorization ?? headers["x-api-key"];
  return typeof credential === "string" ? credential : "";
};

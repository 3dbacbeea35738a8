import type { AuthenticatedContext } from "../identity/caller.ts";
import { quotaKey } from "../identity/quota-key.ts";
import { createCallerConnections } from "./connections.ts";
import type { Quotas } from "./quotas.ts";
import { Turns } from "./turns.ts";

/** Lets HTTP requests in. All paths that execute operations share one. */
export interface Entrance {
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
}

/** Creates an entrance; a caller may have at most `maxConnections` open connections. */
export const createEntrance = (quotas: Quotas, maxConnections: number): Entrance => {
  const turns = new Turns();
  const connections = createCallerConnections(maxConnections);
  return {
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
  };
};

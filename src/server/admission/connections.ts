import { isIP, type Socket } from "node:net";
import { createNetworks } from "../../runtime/networks.ts";
import { unmapped } from "../http/client-address.ts";
import type { Caller } from "../identity/caller.ts";
import { networkKey, quotaKey } from "../identity/quota-key.ts";
import { rejection } from "./operation-rejected.ts";
import { createSemaphores, type Release } from "./quotas.ts";

/** The connections of each caller. */
export interface CallerConnections {
  /** Counts the connection of a request until it is closed; throws OperationRejected if its caller has too many. */
  readonly admit: (caller: Caller, socket: Socket) => void;
}

/** Counts each connection once for every caller that it carries requests of: a proxy shares connections between callers. */
export const createCallerConnections = (max: number): CallerConnections => {
  const connections = createSemaphores(() => max);
  const callersOf = new WeakMap<Socket, Set<string>>();
  const message = `A caller may have at most ${max} connections; use them for several requests.`;
  const headers = { "retry-after": "1", connection: "close" };
  const tooMany = rejection("TOO_MANY_REQUESTS", message, { extensions: { http: { headers } } });
  return {
    admit(caller, socket) {
      const key = quotaKey(caller);
      const callers = callersOf.get(socket) ?? new Set();
      callersOf.set(socket, callers);
      if (callers.has(key)) return;
      const release = connections.acquire(key);
      if (release === null) throw tooMany;
      callers.add(key);
      socket.once("close", release);
    },
  };
};

/** Counts the connections of each network. Those of trusted proxies are not counted: they carry the requests of everyone. */
export const createConnectionLimit = (
  max: number,
  proxies: readonly string[],
): ((address: string) => Release | null) => {
  const connections = createSemaphores(() => max);
  const isProxy = createNetworks(proxies);
  return (remoteAddress) => {
    const address = unmapped(remoteAddress);
    return isIP(address) !== 0 && isProxy(address) ? () => {} : connections.acquire(networkKey(address));
  };
};

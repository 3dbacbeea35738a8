import { type Client, createClient as createSocket, type SubscribePayload } from "graphql-ws/client";
import { CLOSE_ACTIONS } from "./close-codes.ts";
import type { Connect, CredentialSource, WireEvents, WireRequest } from "./connection.ts";
import { type ClientResult, type EndReason, reasonOfErrors, type ResultError } from "./result.ts";

/** What connections over WebSocket need. */
export interface SocketTransportOptions {
  readonly url: string;
  readonly credentials: CredentialSource;
  /** @default the global WebSocket */
  readonly webSocket?: unknown;
}

/** How often the client asks an idle server whether it is there, and how long that may take. */
const [PING_MS, PONG_MS, ACK_MS] = [12_000, 10_000, 10_000];

/** A socket and the subscriptions on it. */
interface Channel {
  readonly client: Client;
  readonly handlers: Map<string, WireEvents>;
  isConnected: boolean;
  /** The id of the operation that was opened last; ids are numbers in sequence. */
  lastId: number;
}

/**
 * Opens subscriptions over graphql-ws. Those whose document has a variable for the position share a socket; each other one has its own,
 * because its position stands in `connection_init`. graphql-ws does not reconnect here: it would send the first variables again.
 */
export const createSocketTransport = ({ url, credentials, webSocket }: SocketTransportOptions): Connect => {
  const open = (position: () => string | null): Channel => {
    const handlers = new Map<string, WireEvents>();
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const rest = () => {
      clearTimeout(watchdog);
      watchdog = undefined;
    };
    const client = createSocket({
      url,
      retryAttempts: 0,
      keepAlive: PING_MS,
      connectionAckWaitTimeout: ACK_MS,
      ...(webSocket === undefined ? {} : { webSocketImpl: webSocket }),
      generateID: () => String(channel.lastId),
      async connectionParams() {
        const headers = await credentials.read();
        const after = position();
        return after === null ? { ...headers } : { ...headers, after };
      },
      on: {
        connected() {
          channel.isConnected = true;
          for (const events of handlers.values()) events.open();
        },
        ping(isReceived, payload) {
          if (!isReceived) watchdog ??= setTimeout(() => client.terminate(), PONG_MS);
          else if (typeof payload?.["cursor"] === "string")
            handlers.get(String(payload["id"]))?.checkpoint(payload["cursor"]);
        },
        message: rest,
        closed() {
          rest();
          channel.isConnected = false;
        },
      },
    });
    const channel: Channel = { client, handlers, isConnected: false, lastId: 0 };
    return channel;
  };
  let shared: Channel | undefined;

  return (request, events) => {
    const channel = request.hasOwnConnection ? open(request.position) : (shared ??= open(() => null));
    return subscribeOn(channel, request, events);
  };
};

const subscribeOn = (channel: Channel, request: WireRequest, events: WireEvents): (() => void) => {
  let isOver = false;
  const end = (reason: EndReason) => {
    if (isOver) return;
    close();
    events.end(reason);
  };
  const payload: SubscribePayload = {
    query: request.query,
    operationName: request.operationName,
    extensions: request.extensions && { ...request.extensions },
    // Read each time the payload is sent.
    get variables() {
      return { ...request.variables() };
    },
  };
  channel.lastId += 1;
  const id = String(channel.lastId);
  channel.handlers.set(id, events);
  const release = channel.client.subscribe<unknown>(payload, {
    next: (result) => events.result(result as ClientResult<unknown>),
    error: (error) => end(reasonOfClose(error)),
    complete: () => end({ kind: "complete" }),
  });
  const close = () => {
    isOver = true;
    channel.handlers.delete(id);
    release();
  };
  if (channel.isConnected) events.open();
  return close;
};

const reasonOfClose = (error: unknown): EndReason => {
  if (Array.isArray(error)) return reasonOfErrors(error as readonly ResultError[]);
  const { code = 0, reason = "" } = (error ?? {}) as { readonly code?: number; readonly reason?: string };
  const action = CLOSE_ACTIONS[code];
  if (action === "credentials") return { kind: "unauthorized", cause: error };
  if (action === "end") return { kind: "refused", errors: [{ message: `The socket was closed: ${code} ${reason}` }] };
  return { kind: "lost", cause: error, atOnce: action === "at once" };
};

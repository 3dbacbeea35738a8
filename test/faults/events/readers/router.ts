import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { withDeadline } from "../patience.ts";
import { ALL_EVENTS, type EventData, type Reader, type ReaderOptions, readInStays } from "./reader.ts";

/** The receiver of a router: where instances post the events of subscriptions. */
export interface Receiver {
  /** The prefix of the URLs at which it receives. */
  readonly prefix: string;
  /** Registers who takes the messages of a subscription; returns a function that ends it. Others are answered with 404. */
  readonly register: (id: string, take: (message: RouterMessage) => void) => () => void;
  readonly stop: () => Promise<void>;
}

interface RouterMessage {
  readonly action: "check" | "next" | "complete";
  readonly id: string;
  readonly verifier: string;
  readonly payload?: { readonly data?: { readonly events: EventData } | null };
  readonly errors?: readonly { readonly extensions?: { readonly cursor?: string } }[];
}

const HEARTBEAT_MS = 1_000;
const DEAD_MS = 4_000;
const CHECK_MS = 500;
const ACCEPT = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json;callbackSpec=1.0';

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  request.setEncoding("utf8");
  for await (const part of request as AsyncIterable<string>) text += part;
  return text;
};

export const startReceiver = async (): Promise<Receiver> => {
  const takers = new Map<string, (message: RouterMessage) => void>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const message = JSON.parse(await bodyOf(request)) as RouterMessage;
    const take = takers.get(message.id);
    take?.(message);
    response.writeHead(take === undefined ? 404 : 204, { "subscription-protocol": "callback/1.0" }).end();
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    prefix: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    register(id, take) {
      takers.set(id, take);
      return () => void takers.delete(id);
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

/** Reads by HTTP callbacks, as a router does. A message that is sent again, because its answer was lost, has the cursor of before. */
export const readByCallback = (options: ReaderOptions, receiver: Receiver): Reader => {
  const { url, patience } = options;

  const subscribe = async (id: string, verifier: string, after: string, signal: AbortSignal): Promise<void> => {
    const subscription = {
      callbackUrl: `${receiver.prefix}/${id}`,
      subscriptionId: id,
      verifier,
      heartbeatIntervalMs: HEARTBEAT_MS,
    };
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: ACCEPT, connection: "close" },
      body: JSON.stringify({ query: ALL_EVENTS, variables: { after }, extensions: { subscription } }),
      signal,
    });
    await response.text();
    if (!response.ok) throw new Error(`The subscription was refused with ${response.status}.`);
  };

  return readInStays(options, async (stay) => {
    const [id, verifier] = [randomUUID(), randomUUID()];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    let heardAt = performance.now();
    let last = stay.after;
    const unregister = receiver.register(id, (message) => {
      if (message.verifier !== verifier) return;
      heardAt = performance.now();
      const event = message.payload?.data?.events;
      if (message.action === "next" && event !== undefined && event.cursor !== last) {
        last = event.cursor;
        stay.take(event, event.cursor);
      }
      if (message.action === "complete") {
        const cursor = message.errors?.[0]?.extensions?.cursor;
        if (cursor !== undefined) stay.take(null, cursor);
        unregister();
        end();
      }
    });
    const checks = setInterval(() => {
      if (performance.now() - heardAt > patience.stretch(DEAD_MS)) end();
    }, CHECK_MS);
    const abort = () => end();
    stay.signal.addEventListener("abort", abort, { once: true });
    try {
      await withDeadline(patience.stretch(DEAD_MS), stay.signal, (signal) =>
        subscribe(id, verifier, stay.after, signal),
      );
      await ended;
    } finally {
      unregister();
      clearInterval(checks);
      stay.signal.removeEventListener("abort", abort);
    }
  });
};

import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { ReceivedEvent } from "./verdict.ts";

/** A client that reads the log from outside, and what it received, in order. */
export interface Follower {
  readonly name: string;
  readonly events: readonly ReceivedEvent[];
  /** When it was disconnected, each time. */
  readonly cuts: readonly number[];
  readonly stop: () => void;
}

/** An event as the operations below select it. */
interface EventData {
  readonly cursor: string;
  readonly gap: boolean;
  readonly punch?: {
    readonly user: { readonly employeeCode: string };
    readonly device: { readonly serialNumber: string };
  };
  readonly device?: { readonly serialNumber: string };
}

const PUNCH = "punch { user { employeeCode } device { serialNumber } }";
const FIELDS = `cursor gap ... on PunchAdded { ${PUNCH} } ... on DeviceStatusChanged { device { serialNumber } }`;
const SUBSCRIPTION = `subscription ($after: EventCursor) { events(after: $after) { ${FIELDS} } }`;
const OF_DEVICES = `subscription ($after: EventCursor, $serialNumbers: [String!]) {
  events: punchAdded(after: $after, serialNumbers: $serialNumbers) { cursor gap ${PUNCH} }
}`;
const PULL = `query ($after: EventCursor) { events(after: $after, first: 500) { cursor hasMore nodes { ${FIELDS} } } }`;

const PAUSE_MS = 20;
const TIMEOUT_MS = 10_000;

const toReceivedEvent = ({ punch, device, gap }: EventData): ReceivedEvent => ({
  DeviceSN: punch?.device.serialNumber ?? device?.serialNumber ?? "",
  number: punch === undefined ? null : Number(punch.user.employeeCode),
  gap,
});

/** Reconnects with its cursor whenever it is disconnected; `serve` reads until then. */
const followWith = (
  name: string,
  first: string,
  serve: (after: string, take: (event: EventData | null, cursor: string) => void, signal: AbortSignal) => Promise<void>,
): Follower => {
  const controller = new AbortController();
  const events: ReceivedEvent[] = [];
  let cursor = first;
  const cuts: number[] = [];
  const take = (event: EventData | null, position: string) => {
    cursor = position;
    if (event !== null) events.push(toReceivedEvent(event));
  };
  const run = async () => {
    while (!controller.signal.aborted) {
      await serve(cursor, take, controller.signal).catch(() => {});
      if (!controller.signal.aborted) cuts.push(performance.now());
      await delay(PAUSE_MS);
    }
  };
  void run();
  return { name, events, cuts, stop: () => controller.abort() };
};

/**
 * Follows over WebSocket; pings carry a cursor, too. `urlOf` returns where to connect now. With serial numbers, it follows only
 * punches at these devices.
 */
export const followBySocket = (urlOf: () => string, first: string, serialNumbers?: readonly string[]): Follower =>
  followWith("subscriber, WebSocket", first, async (after, take, signal) => {
    const client = createClient({
      url: `${urlOf().replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      onNonLazyError: () => {},
      on: {
        ping: (_received, payload) => {
          if (typeof payload?.["cursor"] === "string") take(null, payload["cursor"]);
        },
      },
    });
    signal.addEventListener("abort", () => void client.dispose(), { once: true });
    await new Promise<void>((resolve) => {
      client.subscribe<{ events: EventData }>(
        { query: serialNumbers === undefined ? SUBSCRIPTION : OF_DEVICES, variables: { after, serialNumbers } },
        {
          next: ({ data }) => {
            if (data != null) take(data.events, data.events.cursor);
          },
          error: () => resolve(),
          complete: () => resolve(),
        },
      );
    });
    await client.dispose();
  });

interface Page {
  readonly cursor: string;
  readonly hasMore: boolean;
  readonly nodes: readonly EventData[];
}

const ask = async (url: string, after: string | null): Promise<Page> => {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  for (;;) {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: PULL, variables: { after } }),
      signal: deadline,
    });
    const { data } = (await response.json()) as { data?: { events: Page } | null };
    if (data?.events !== undefined) return data.events;
    await delay(PAUSE_MS);
  }
};

/** Returns the cursor of the log's end. */
export const endOfLog = async (url: string): Promise<string> => {
  let page = await ask(url, null);
  while (page.hasMore) page = await ask(url, page.cursor);
  return page.cursor;
};

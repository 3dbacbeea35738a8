import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { News } from "./verdict.ts";

/** Somebody who reads the log from outside, and what it got, in order. */
export interface Follower {
  readonly name: string;
  readonly news: readonly News[];
  /** When it was cut off, each time. */
  readonly cuts: readonly number[];
  readonly stop: () => void;
}

/** An event, as all documents here select it. */
interface Told {
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
const PATIENCE_MS = 10_000;

const newsOf = ({ punch, device, gap }: Told): News => ({
  DeviceSN: punch?.device.serialNumber ?? device?.serialNumber ?? "",
  number: punch === undefined ? null : Number(punch.user.employeeCode),
  gap,
});

/** Comes back with its cursor whenever it is cut off; `serve` reads until then. */
const followWith = (
  name: string,
  first: string,
  serve: (after: string, take: (event: Told | null, cursor: string) => void, signal: AbortSignal) => Promise<void>,
): Follower => {
  const leaving = new AbortController();
  const news: News[] = [];
  let cursor = first;
  const cuts: number[] = [];
  const take = (event: Told | null, place: string) => {
    cursor = place;
    if (event !== null) news.push(newsOf(event));
  };
  const run = async () => {
    while (!leaving.signal.aborted) {
      await serve(cursor, take, leaving.signal).catch(() => {});
      if (!leaving.signal.aborted) cuts.push(performance.now());
      await delay(PAUSE_MS);
    }
  };
  void run();
  return { name, news, cuts, stop: () => leaving.abort() };
};

/** By WebSocket; pings bring a cursor, too. `urlOf` tells where to connect to now; only punches at these devices, where there are any. */
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
      client.subscribe<{ events: Told }>(
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

/** By server-sent events, with Last-Event-ID as a browser sends it. */
export const followBySse = (url: string, first: string): Follower =>
  followWith("subscriber, server-sent events", first, async (after, take, signal) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", "last-event-id": after },
      body: JSON.stringify({ query: SUBSCRIPTION }),
      signal,
    });
    let rest = "";
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + part).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const id = /^id: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.+)$/m.exec(block)?.[1];
        const result = data === undefined ? undefined : (JSON.parse(data) as { data?: { events: Told } });
        if (id !== undefined) take(result?.data?.events ?? null, id);
      }
    }
  });

interface Page {
  readonly cursor: string;
  readonly hasMore: boolean;
  readonly nodes: readonly Told[];
}

const ask = async (url: string, after: string | null): Promise<Page> => {
  const deadline = AbortSignal.timeout(PATIENCE_MS);
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

/** The place where a log ends. */
export const endOfLog = async (url: string): Promise<string> => {
  let page = await ask(url, null);
  while (page.hasMore) page = await ask(url, page.cursor);
  return page.cursor;
};

/** The whole log, pulled page by page. */
export const pullLog = async (url: string): Promise<readonly News[]> => {
  const news: News[] = [];
  for (let place: string | null = null; ; ) {
    const { nodes, cursor, hasMore } = await ask(url, place);
    news.push(...nodes.map(newsOf));
    if (!hasMore) return news;
    place = cursor;
  }
};

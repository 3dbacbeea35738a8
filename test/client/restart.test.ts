import { createClient as createSocket } from "graphql-ws";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { followWithApollo } from "../../examples/clients/apollo.ts";
import { ADDED } from "../../examples/clients/documents.ts";
import { followWithPlainClient } from "../../examples/clients/plain.ts";
import { followWithRelay } from "../../examples/clients/relay.ts";
import { followWithUrql } from "../../examples/clients/urql.ts";
import { createClient, type PorticoClientOptions, type ReadableStore } from "../../src/client/index.ts";
import { until } from "../kit/until.ts";
import { withRedis } from "../kit/with-redis.ts";
import { startRestartingPortico } from "./restarting.ts";

interface Row {
  readonly id: string;
  readonly user: { readonly employeeCode: string };
}

/** What one client showed and learned. */
interface Watcher {
  readonly name: string;
  /** The employee codes that it shows, in the order of the alphabet. */
  readonly codes: () => readonly string[];
  readonly isLive: () => boolean;
  readonly sawGap: () => boolean;
}

type Follow = (options: PorticoClientOptions) => ReadableStore<{ rows: readonly Row[]; state: { status: string } }>;

const CLIENTS: Readonly<Record<string, Follow>> = {
  plain: followWithPlainClient,
  urql: followWithUrql,
  Apollo: followWithApollo,
  Relay: followWithRelay,
};

const watch = (name: string, url: string, transport: "websocket" | "sse", follow: Follow): Watcher => {
  const store = follow({ url: `${url}/graphql`, transport, backoff: { baseMs: 50, maxMs: 500 } });
  let gaps = 0;
  onTestFinished(store.subscribe(({ state }) => void (gaps += state.status === "gap" ? 1 : 0)));
  return {
    name: `${name}, ${transport}`,
    codes: () =>
      store
        .getSnapshot()
        .rows.map(({ user }) => user.employeeCode)
        .toSorted(),
    isLive: () => store.getSnapshot().state.status === "live",
    sawGap: () => gaps > 0,
  };
};

/** The core without `follow`: every event that it delivers counts, so that one that comes twice is seen. */
const watchStream = (url: string, transport: "websocket" | "sse"): Watcher => {
  const client = createClient({ url: `${url}/graphql`, transport, backoff: { baseMs: 50, maxMs: 500 } });
  const codes: string[] = [];
  let status = "";
  let gaps = 0;
  const stop = client.subscribe(
    { document: ADDED },
    {
      next({ data }, { isGap }) {
        if (isGap) gaps += 1;
        if (data != null) codes.push(data.punchAdded.punch.user.employeeCode);
      },
      state: (state) => {
        status = state.status;
      },
    },
  );
  onTestFinished(stop);
  return {
    name: `stream, ${transport}`,
    codes: () => codes.toSorted(),
    isLive: () => status === "live",
    sawGap: () => gaps > 0,
  };
};

/** graphql-ws as it comes, with its position in one line. */
const watchWithStockClient = (url: string): Watcher => {
  let last: string | undefined;
  let gaps = 0;
  const codes: string[] = [];
  const client = createSocket({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Infinity,
    retryWait: () => new Promise((resolve) => void setTimeout(resolve, 50)),
    shouldRetry: () => true,
    connectionParams: () => (last === undefined ? {} : { after: last }),
    on: {
      ping: (_isReceived, payload) => {
        if (typeof payload?.["cursor"] === "string") last = payload["cursor"];
      },
    },
  });
  client.subscribe<{ punchAdded: { cursor: string; gap: boolean; punch: Row } }>(
    { query: String(ADDED) },
    {
      next: ({ data }) => {
        if (data == null) return;
        last = data.punchAdded.cursor;
        if (data.punchAdded.gap) gaps += 1;
        codes.push(data.punchAdded.punch.user.employeeCode);
      },
      error: () => {},
      complete: () => {},
    },
  );
  onTestFinished(() => client.dispose());
  return {
    name: "graphql-ws, after",
    codes: () => codes.toSorted(),
    isLive: () => last !== undefined,
    sawGap: () => gaps > 0,
  };
};

/** Every client at once: the punches before, during and after a restart. */
const BATCHES = [
  ["r01", "r02", "r03"],
  ["r04", "r05", "r06"],
  ["r07", "r08", "r09"],
] as const;
const ALL = BATCHES.flat();

const ours = (codes: readonly string[]): readonly string[] => codes.filter((code) => /^r0\d$/.test(code));

test.each([
  ["memory", "SIGKILL"],
  ["memory", "SIGTERM"],
  ["Redis", "SIGKILL"],
  ["Redis", "SIGTERM"],
] as const)(
  "with the log in %s, %s and a restart lose nothing and repeat nothing for any client over any transport",
  async (log, signal) => {
    const env: Record<string, string> = log === "Redis" ? { REDIS_URL: (await withRedis()).url } : {};
    const portico = await startRestartingPortico(env);
    const following = Object.entries(CLIENTS).flatMap(([name, follow]) =>
      (["websocket", "sse"] as const).map((transport) => watch(name, portico.url, transport, follow)),
    );
    const stock = watchWithStockClient(portico.url);
    const streams = (["websocket", "sse"] as const).map((transport) => watchStream(portico.url, transport));
    const watchers = [...following, ...streams, stock];
    const have = async (codes: readonly string[]) => {
      const missing = () =>
        watchers.flatMap((watcher) =>
          codes.filter((code) => !watcher.codes().includes(code)).map((code) => `${watcher.name} lacks ${code}`),
        );
      await until(() => missing().length === 0, { timeoutMs: 20_000, what: "every client" }).catch(() => {});
      expect(missing()).toEqual([]);
    };
    await until(() => watchers.every(({ isLive }) => isLive()), { timeoutMs: 15_000 });
    portico.punch(...BATCHES[0]);
    await have(BATCHES[0]);
    await portico.kill(signal);
    portico.punch(...BATCHES[1]);
    await portico.start();
    portico.punch(...BATCHES[2]);
    await have(ALL);
    await until(() => following.every(({ isLive }) => isLive()), { timeoutMs: 15_000 });

    const repeating = log === "Redis" ? watchers : following;
    for (const { name, codes } of repeating) expect(ours(codes()), name).toEqual(ALL);
    const learned = Object.fromEntries(watchers.map(({ name, sawGap }) => [name, sawGap()]));
    expect(learned).toEqual(Object.fromEntries(watchers.map(({ name }) => [name, log === "memory"])));
  },
  60_000,
);

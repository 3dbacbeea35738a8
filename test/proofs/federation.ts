import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { startListener } from "../../examples/supergraph/listener.ts";
import { startSupergraph } from "../../examples/supergraph/supergraph.ts";
import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis } from "../kit/redis.ts";
import { holds } from "../kit/until.ts";
import { startRelay } from "../faults/relay.ts";
import { startPrograms, urlOf } from "./program.ts";
import { claim, count, type Proof } from "./proof.ts";
import { startRemoteSandbox } from "./sandbox.ts";

const SECONDS = 60;
const PER_SECOND = 10;
const EVENTS = SECONDS * PER_SECOND;
const RESTARTS_AT = [15, 35] as const;
const DEVICE = "SN7A2300583";
const START = Date.parse("2026-06-21T04:00:00Z");
const MAX_WAIT_MS = 30_000;
/** Employees of the personnel subgraph, and one it does not know. As many as punch in two seconds: nobody punches twice in one. */
const CODES = [...Array.from({ length: 2 * PER_SECOND - 1 }, (_, index) => String(1_001 + index)), "nobody"];

const FOLLOW = `subscription ($after: EventCursor) {
  punchAdded(after: $after) { cursor gap punch { localTime user { employeeCode employee { department { name } } } } }
}`;

interface Followed {
  readonly punchAdded: {
    readonly cursor: string;
    readonly gap: boolean;
    readonly punch: {
      readonly localTime: string;
      readonly user: { readonly employeeCode: string; readonly employee: { department: { name: string } } | null };
    };
  };
}

interface Seen {
  readonly got: Followed["punchAdded"][];
  cuts: number;
  over: boolean;
}

/** Subscribes at the gateway, and again behind the last cursor whenever that ends. */
const follow = async (url: string, after: string, seen: Seen): Promise<void> => {
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    onNonLazyError: () => {},
  });
  while (!seen.over) {
    const variables = { after: seen.got.at(-1)?.cursor ?? after };
    await new Promise<void>((resolve) => {
      client.subscribe<Followed>(
        { query: FOLLOW, variables },
        {
          next: ({ data, errors }) => {
            if (data != null) seen.got.push(data.punchAdded);
            if (errors !== undefined && data == null) resolve();
          },
          error: () => resolve(),
          complete: resolve,
        },
      );
    });
    seen.cuts += 1;
    await delay(250);
  }
};

const latest = async (url: string): Promise<string> => {
  const body = JSON.stringify({ query: "{ gateway { latestCursor } }" });
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return ((await response.json()) as { data: { gateway: { latestCursor: string } } }).data.gateway.latestCursor;
};

export const FEDERATION: Proof = {
  name: "federation",
  about: `a subscription through the example's gateway for ${SECONDS} s, ${PER_SECOND} events a second, with departments from another subgraph; Portico is restarted twice`,
  async run(seed) {
    const redis = await startRedis();
    const sandbox = await startRemoteSandbox({ seed, start: START });
    let port = 0;
    const relay = await startRelay({ targets: () => [port], random: createRandom(seed, "relay") });
    const surroundings = { gateway: sandbox, redisUrl: redis.url, publicUrl: `http://127.0.0.1:${relay.port}` };
    const [portico] = await startPrograms(1, surroundings);
    if (portico === undefined) throw new Error("There is no instance.");
    port = portico.port;
    const listener = await startListener(0);
    const supergraph = await startSupergraph({ portico: urlOf(portico), listener, upstream: "sse" });
    const seen: Seen = { got: [], cuts: 0, over: false };
    try {
      const following = follow(listener.url, await latest(urlOf(portico)), seen);
      const began = performance.now();
      const restarts: Promise<void>[] = [];
      for (let number = 0; number < EVENTS; number += 1) {
        const second = number / PER_SECOND;
        if ((RESTARTS_AT as readonly number[]).includes(second)) {
          restarts.push(portico.stop().then(() => portico.start()));
        }
        await sandbox.punch({ DeviceSN: DEVICE, EmployeeCode: CODES[number % CODES.length] ?? "" });
        await delay(Math.max(0, began + ((number + 1) * 1_000) / PER_SECOND - performance.now()));
      }
      await Promise.all(restarts);
      await holds(() => seen.got.length >= EVENTS, { timeoutMs: MAX_WAIT_MS });
      await delay(500);
      const took = (performance.now() - began) / 1_000;
      seen.over = true;
      const { got } = seen;
      const expected = Array.from({ length: EVENTS }, (_, index) => CODES[index % CODES.length]);
      const codes = got.map(({ punch }) => punch.user.employeeCode);
      const joined = got.filter(({ punch: { user } }) => (user.employee === null) === (user.employeeCode === "nobody"));
      await Promise.race([following, delay(1_000)]);
      return [
        claim(
          "every event once and in order, for a minute",
          `${count(got.length)} of ${count(EVENTS)} in ${took.toFixed(0)} s, ${new Set(got.map(({ cursor }) => cursor)).size} different`,
          JSON.stringify(codes) === JSON.stringify(expected),
        ),
        claim(
          "each with the department of its person, from the other subgraph",
          count(joined.length),
          joined.length === EVENTS,
        ),
        claim(
          `Portico is restarted ${RESTARTS_AT.length} times, and the subscription goes on behind its cursor`,
          `${seen.cuts} times subscribed again`,
          seen.cuts >= RESTARTS_AT.length,
        ),
        claim(
          "no gap is told",
          String(got.filter(({ gap }) => gap).length),
          got.every(({ gap }) => !gap),
        ),
      ];
    } finally {
      seen.over = true;
      await supergraph.stop();
      await listener.stop();
      await portico.kill();
      await relay.stop();
      await sandbox.stop();
      await redis.stop();
    }
  },
};

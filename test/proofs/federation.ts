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
const TIMEOUT_MS = 30_000;
/**
 * Employees of the personnel subgraph, and one that it does not know. They are as many as punch in two seconds, so that nobody
 * punches twice within a second.
 */
const CODES = [...Array.from({ length: 2 * PER_SECOND - 1 }, (_, index) => String(1_001 + index)), "nobody"];

const FOLLOW = `subscription ($after: EventCursor) {
  punchAdded(after: $after) { cursor gap punch { localTime user { employeeCode employee { department { name } } } } }
}`;

interface PunchAddedData {
  readonly punchAdded: {
    readonly cursor: string;
    readonly gap: boolean;
    readonly punch: {
      readonly localTime: string;
      readonly user: { readonly employeeCode: string; readonly employee: { department: { name: string } } | null };
    };
  };
}

interface Received {
  readonly events: PunchAddedData["punchAdded"][];
  cuts: number;
  over: boolean;
}

/** Subscribes at the gateway, and again after the last cursor whenever the subscription ends. */
const follow = async (url: string, after: string, received: Received): Promise<void> => {
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    onNonLazyError: () => {},
  });
  while (!received.over) {
    const variables = { after: received.events.at(-1)?.cursor ?? after };
    await new Promise<void>((resolve) => {
      client.subscribe<PunchAddedData>(
        { query: FOLLOW, variables },
        {
          next: ({ data, errors }) => {
            if (data != null) received.events.push(data.punchAdded);
            if (errors !== undefined && data == null) resolve();
          },
          error: () => resolve(),
          complete: resolve,
        },
      );
    });
    received.cuts += 1;
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
  about: [
    `a subscription through the example's gateway for ${SECONDS} s, ${PER_SECOND} events a second`,
    "departments come from another subgraph",
    "Portico is restarted twice",
  ].join("; "),
  async run(seed) {
    const redis = await startRedis();
    const sandbox = await startRemoteSandbox({ seed, start: START });
    let port = 0;
    const relay = await startRelay({ targets: () => [port], random: createRandom(seed, "relay") });
    const environment = { gateway: sandbox, redisUrl: redis.url, publicUrl: `http://127.0.0.1:${relay.port}` };
    const [portico] = await startPrograms(1, environment);
    if (portico === undefined) throw new Error("startPrograms must return an instance.");
    port = portico.port;
    const listener = await startListener(0);
    const supergraph = await startSupergraph({ portico: urlOf(portico), listener, upstream: "sse" });
    const received: Received = { events: [], cuts: 0, over: false };
    try {
      const subscription = follow(listener.url, await latest(urlOf(portico)), received);
      const startedAt = performance.now();
      const restarts: Promise<void>[] = [];
      for (let number = 0; number < EVENTS; number += 1) {
        const second = number / PER_SECOND;
        if ((RESTARTS_AT as readonly number[]).includes(second)) {
          restarts.push(portico.stop().then(() => portico.start()));
        }
        await sandbox.punch({ DeviceSN: DEVICE, EmployeeCode: CODES[number % CODES.length] ?? "" });
        await delay(Math.max(0, startedAt + ((number + 1) * 1_000) / PER_SECOND - performance.now()));
      }
      await Promise.all(restarts);
      await holds(() => received.events.length >= EVENTS, { timeoutMs: TIMEOUT_MS });
      await delay(500);
      const seconds = (performance.now() - startedAt) / 1_000;
      received.over = true;
      const { events } = received;
      const expected = Array.from({ length: EVENTS }, (_, index) => CODES[index % CODES.length]);
      const cursors = new Set(events.map(({ cursor }) => cursor));
      const codes = events.map(({ punch }) => punch.user.employeeCode);
      const joined = events.filter(
        ({ punch: { user } }) => (user.employee === null) === (user.employeeCode === "nobody"),
      );
      await Promise.race([subscription, delay(1_000)]);
      return [
        claim(
          "every event arrives once and in order, for a minute",
          `${count(events.length)} of ${count(EVENTS)} in ${seconds.toFixed(0)} s, ${cursors.size} different`,
          JSON.stringify(codes) === JSON.stringify(expected),
        ),
        claim(
          "each event has the person's department from the other subgraph",
          count(joined.length),
          joined.length === EVENTS,
        ),
        claim(
          `Portico is restarted ${RESTARTS_AT.length} times, and the subscription continues after its cursor`,
          `subscribed again ${received.cuts} times`,
          received.cuts >= RESTARTS_AT.length,
        ),
        claim(
          "no gap is reported",
          String(events.filter(({ gap }) => gap).length),
          events.every(({ gap }) => !gap),
        ),
      ];
    } finally {
      received.over = true;
      await supergraph.stop();
      await listener.stop();
      await portico.kill();
      await relay.stop();
      await sandbox.stop();
      await redis.stop();
    }
  },
};

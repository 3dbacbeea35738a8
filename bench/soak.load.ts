import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { createClient } from "../src/client/index.ts";
import type { RemoteSandbox } from "../test/proofs/sandbox.ts";

/** A mixed load on one instance: queries, commands, events, and subscribers that come, go and come back. */
export interface SoakLoad {
  readonly counts: SoakCounts;
  readonly stop: () => Promise<void>;
}

/** What the load has seen so far. */
export interface SoakCounts {
  queries: number;
  commands: number;
  punches: number;
  /** Events that arrived at all subscribers. */
  events: number;
  /** Subscriptions that ended, by the subscriber or by a lost connection; each continues from its cursor. */
  resumes: number;
  /** Events that arrived twice or out of order at a subscriber, and gaps that were told. */
  wrong: number;
  /** Queries that the gateway or Redis did not answer in time: on a busy machine they are slow as well. */
  unavailable: number;
  failed: number;
  /** What failed first. */
  failure: string;
}

export interface SoakLoadOptions {
  readonly url: string;
  readonly sandbox: RemoteSandbox;
  readonly subscribers: number;
  readonly queriesPerSecond: number;
  readonly punchesPerSecond: number;
}

const DEVICE = "SN7A2300583";
const COMMANDS_EVERY_MS = 1_500;
const STAY_MS = 40_000;

/** An operation, as a client sends it: its document is always the same. */
type Operation = (number: number) => { readonly query: string; readonly variables?: Readonly<Record<string, unknown>> };

const TODAY = `{ attendanceToday { cursor punches(first: 50) { nodes { id localTime user { employeeCode name } device { name } } } } }`;

const QUERIES: readonly Operation[] = [
  () => ({
    query: "{ devices(first: 20) { nodes { serialNumber name health { queueDepth } doors { number state } } } }",
  }),
  () => ({ query: TODAY }),
  (number) => ({
    query: "query ($code: String!) { user(employeeCode: $code) { name } }",
    variables: { code: String(1_001 + (number % 200)) },
  }),
  () => ({ query: "{ latestPunches(first: 20) { cursor nodes { punch { id localTime } } } }" }),
  () => ({ query: "{ events(first: 50) { cursor gap nodes { __typename } } }" }),
  // Never equal, and not valid: what is remembered of documents is bounded.
  (number) => ({ query: `{ unknown${number} }` }),
];

const COMMANDS: readonly Operation[] = [
  (number) => ({
    query: "mutation ($input: OpenDoorInput!) { openDoor(input: $input) { command { status } } }",
    variables: {
      input: { serialNumber: DEVICE, doorNumber: 1, options: { idempotencyKey: `soak-${number}`, waitSeconds: 2 } },
    },
  }),
  () => ({
    query: "mutation ($input: SyncDeviceTimeInput!) { syncDeviceTime(input: $input) { commands { status } } }",
    variables: { input: { serialNumbers: [DEVICE], options: { waitSeconds: 2 } } },
  }),
];

const ADDED = `subscription ($after: EventCursor) { punchAdded(after: $after) {
  cursor gap punch { id user { employeeCode } }
} }`;

interface Added {
  readonly punchAdded: {
    readonly cursor: string;
    readonly gap: boolean;
    readonly punch: { readonly user: { readonly employeeCode: string } };
  };
}

export const startSoakLoad = (options: SoakLoadOptions): SoakLoad => {
  const { url, sandbox, subscribers, queriesPerSecond, punchesPerSecond } = options;
  const over = new AbortController();
  const { signal } = over;
  const counts: SoakCounts = {
    queries: 0,
    commands: 0,
    punches: 0,
    events: 0,
    resumes: 0,
    wrong: 0,
    unavailable: 0,
    failed: 0,
    failure: "",
  };
  const fail = (why: string) => {
    counts.failed += 1;
    counts.failure ||= why;
  };
  const pool = new Pool(url, { connections: 32 });
  const ask = async (operation: ReturnType<Operation>): Promise<void> => {
    const { body, statusCode } = await pool.request({
      method: "POST",
      path: "/graphql",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(operation),
    });
    const text = await body.text();
    const isExpected = operation.query.includes("unknown")
      ? statusCode === 400
      : statusCode === 200 && !text.includes('"errors"');
    if (/"(?:UPSTREAM|EVENTS)_UNAVAILABLE"/.test(text)) counts.unavailable += 1;
    else if (!isExpected) fail(`${statusCode} ${text.slice(0, 300)}`);
  };
  /** Does something again and again at a rate, if the one before is done. */
  const repeatInTurn = async (everyMs: number, act: (number: number) => Promise<void>): Promise<void> => {
    for (let number = 0; !signal.aborted; number += 1) {
      await Promise.all([act(number).catch((error: unknown) => fail(String(error))), delay(everyMs)]);
    }
  };
  /** Does something again and again, at a rate that the answers do not slow down. */
  const repeat = async (everyMs: number, act: (number: number) => Promise<void>): Promise<void> => {
    const pending = new Set<Promise<void>>();
    for (let number = 0; !signal.aborted; number += 1) {
      const one = act(number).catch((error: unknown) => fail(String(error)));
      pending.add(one);
      void one.finally(() => pending.delete(one));
      await delay(everyMs);
    }
    await Promise.all(pending);
  };
  const subscriber = async (index: number): Promise<void> => {
    const transport = index % 2 === 0 ? "websocket" : "sse";
    let after: string | undefined;
    let last = 0;
    while (!signal.aborted) {
      const client = createClient({ url: `${url}/graphql`, transport, backoff: { baseMs: 50, maxMs: 1_000 } });
      const stop = client.subscribe<Added>(
        { document: ADDED, ...(after === undefined ? {} : { variables: { after } }) },
        {
          next({ data, errors }) {
            if (errors !== undefined) fail(JSON.stringify(errors));
            if (data == null) return;
            const { cursor, gap, punch } = data.punchAdded;
            const number = Number(punch.user.employeeCode);
            counts.events += 1;
            if (gap || number <= last || (last > 0 && number !== last + 1)) counts.wrong += 1;
            last = number;
            after = cursor;
          },
        },
      );
      await delay(STAY_MS * (0.25 + ((index * 7_919) % 100) / 100), undefined, { signal }).catch(() => {});
      stop();
      counts.resumes += 1;
    }
  };
  const running = [
    repeat(1_000 / queriesPerSecond, async (number) => {
      await ask(QUERIES[number % QUERIES.length]?.(number) ?? { query: "" });
      counts.queries += 1;
    }),
    repeat(COMMANDS_EVERY_MS, async (number) => {
      await ask(COMMANDS[number % COMMANDS.length]?.(number) ?? { query: "" });
      counts.commands += 1;
    }),
    repeatInTurn(1_000 / punchesPerSecond, async (number) => {
      await sandbox.punch({ DeviceSN: DEVICE, EmployeeCode: String(1_000_001 + number) });
      counts.punches += 1;
    }),
    ...Array.from({ length: subscribers }, (_, index) => subscriber(index)),
  ];
  return {
    counts,
    async stop() {
      over.abort();
      await Promise.all(running);
      await pool.close();
    },
  };
};

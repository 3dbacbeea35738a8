import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { type ChildProgram, startChild } from "../../bench/child.ts";
import { type SubscriberCrowd, openCrowd } from "../../bench/subscribers.ts";
import { DEVICE, writeEvent } from "../../bench/fanout.cases.ts";
import { median, quantile } from "../../bench/statistics.ts";
import { holds } from "../kit/until.ts";
import { type Claim, claim, count, milliseconds, type Proof } from "./proof.ts";
import { startRemoteSandbox } from "./sandbox.ts";

const SUBSCRIBERS = 1_000;
const STALLED = 10;
const STALL_MS = 60_000;
/** The kernel buffers about four megabytes per socket before the server notices; a busy machine needs longer for that. */
const UNREAD_BYTES = 6 * 2 ** 20;
const MAX_WINDOWS = 30;
const WINDOW_MS = 5_000;
const EVERY_MS = 50;
const TIMEOUT_MS = 120_000;
/** The bytes that may wait for one subscriber, and the allowed overhead as a fraction. */
const [BOUND, SLACK] = [256 * 1024, 0.5];
const MAX_RATIO = 1.5;
const SECRET = "slow-readers-slow-readers-slow-readers-slow";

/** A large selection, so that unread results fill the kernel's buffers and then those of the server. */
const FIELDS = "punch { id at localTime direction method user { employeeCode } device { serialNumber } }";
const QUERY = `subscription { punchAdded { cursor replayed gap
  ${Array.from({ length: 95 }, (_, index) => `p${index}: ${FIELDS}`).join("\n")}
} }`;

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const STALLING = range(SUBSCRIBERS - STALLED, SUBSCRIBERS);

/** A server with its subscribers. */
interface Side {
  readonly server: ChildProgram;
  readonly crowd: SubscriberCrowd;
  /** What the last subscribers, which stall at times, received: numbers of events, and how many came from the log. */
  readonly received: readonly { readonly numbers: number[]; replayed: number; gaps: number }[];
  sent: number;
  /** The size of one result. */
  bytes: number;
  /** The latency of each event for each of the other subscribers. */
  latencies: number[];
}

const startSide = async (gateway: { readonly url: string; readonly token: string }): Promise<Side> => {
  const server = await startChild("portico", {
    env: {
      PORT: "0",
      GATEWAY_URL: gateway.url,
      ACCESS: "open",
      GATEWAY_AUTH_TOKEN: gateway.token,
      LINK_SECRET: SECRET,
      CALLBACK_SECRET: SECRET,
      LOG_LEVEL: "error",
    },
  });
  const operationOf = () => ({ query: QUERY, variables: {} });
  const crowd = await openCrowd({ url: server.url, size: SUBSCRIBERS, operationOf });
  const received = STALLING.map(() => ({ numbers: [], replayed: 0, gaps: 0 }));
  return { server, crowd, received, sent: 0, bytes: 0, latencies: [] };
};

/** Sends an event to a side and waits until all reading subscribers have it. */
const sendEvent = async (side: Side): Promise<void> => {
  const { server, crowd, received } = side;
  side.sent += 1;
  let missing = SUBSCRIBERS - STALLED;
  const startedAt = performance.now();
  const deliveredToAll = new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(
      () => reject(new Error(`An event did not reach all reading subscribers within ${TIMEOUT_MS} ms.`)),
      TIMEOUT_MS,
    );
    crowd.onResult = (at, index, text) => {
      const record = received[index - (SUBSCRIBERS - STALLED)];
      if (record !== undefined) {
        const start = text.toString("latin1", 0, 600);
        record.numbers.push(Number(/"employeeCode":"(\d+)"/.exec(start)?.[1]) - 1_000_000);
        if (start.includes('"replayed":true')) record.replayed += 1;
        if (start.includes('"gap":true')) record.gaps += 1;
        return;
      }
      side.bytes = text.length;
      side.latencies.push(at - startedAt);
      missing -= 1;
      if (missing > 0) return;
      clearTimeout(timeout);
      resolve();
    };
  });
  const { statusCode, body } = await request(`${server.url}/callbacks/${SECRET}?stgid=${DEVICE}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ PunchLog: { Log: [writeEvent(side.sent).row] } }),
  });
  await body.dump();
  if (statusCode !== 200) throw new Error(`An event must be answered 200; received ${statusCode}.`);
  await deliveredToAll;
};

/** Sends events to the sides alternately for one window. Returns the latencies. */
const runWindow = async (sides: readonly Side[]): Promise<readonly (readonly number[])[]> => {
  for (const side of sides) side.latencies = [];
  for (const end = performance.now() + WINDOW_MS; performance.now() < end; ) {
    for (const side of sides) {
      const next = performance.now() + EVERY_MS;
      await sendEvent(side);
      await delay(Math.max(0, next - performance.now()));
    }
  }
  return sides.map(({ latencies }) => latencies);
};

const heldBy = (sides: readonly Side[]) => Promise.all(sides.map(({ server }) => server.heldBytes()));

const caughtUp = ({ received, sent }: Side): Promise<boolean> =>
  holds(() => received.every(({ numbers }) => numbers.length >= sent), { timeoutMs: TIMEOUT_MS, intervalMs: 20 });

/** Lets each that stalls read a part of what waits for it: they then continue in the log, each at another position. */
const readSome = async ({ crowd }: Side): Promise<void> => {
  for (const index of STALLING) {
    crowd.resume([index]);
    await delay(1);
    crowd.pause([index]);
  }
};

/** Lets the last subscribers of the first side stop reading for a while; the second side is the control. */
const stall = async (name: string, [stalled, control]: readonly [Side, Side]): Promise<readonly Claim[]> => {
  const sides = [stalled, control];
  const before = await heldBy(sides);
  const first = stalled.sent;
  stalled.crowd.pause(STALLING);
  const stalledAt = performance.now();
  const windows: (readonly (readonly number[])[])[] = [];
  const isEnough = () =>
    performance.now() - stalledAt >= STALL_MS && (stalled.sent - first) * stalled.bytes >= UNREAD_BYTES;
  while (!isEnough() && windows.length < MAX_WINDOWS) windows.push(await runWindow(sides));
  await readSome(stalled);
  windows.push(await runWindow(sides));
  const seconds = (performance.now() - stalledAt) / 1_000;
  const behind = stalled.received.map(({ numbers }) => numbers.length);
  const after = await heldBy(sides);
  const { rssBytes } = await stalled.server.usage();
  stalled.crowd.resume(STALLING);
  await caughtUp(stalled);
  const grown = after.map((bytes, index) => bytes - (before[index] ?? 0));
  const each = ((grown[0] ?? Number.NaN) - (grown[1] ?? 0)) / STALLED;
  const p = (part: number) => [0, 1].map((side) => median(windows.map((window) => quantile(window[side] ?? [], part))));
  const [[p50 = 0, controlP50 = 0], [p99 = 0, controlP99 = 0]] = [p(0.5), p(0.99)] as const;
  const replayed = stalled.received.map((each) => each.replayed);
  const complete = stalled.received.filter(({ numbers }) => numbers.length === stalled.sent);
  const isWhole = stalled.received.every(
    ({ numbers, gaps }) => gaps === 0 && numbers.join(",") === range(1, stalled.sent + 1).join(","),
  );
  return [
    claim(
      `${name}: ${STALLED} subscribers fall behind and are served from the log`,
      [
        `${count(stalled.sent - first)} events of ${(stalled.bytes / 1024).toFixed(0)} KiB sent in ${seconds.toFixed(0)} s`,
        `at least ${count(stalled.sent - Math.max(...behind))} unread, ${count(Math.min(...replayed))} replayed`,
      ].join("; "),
      Math.min(...replayed) > 0,
    ),
    claim(
      `${name}: each uses at most ${((BOUND * (1 + SLACK)) / 1024).toFixed(0)} KiB`,
      `${(each / 1024).toFixed(0)} KiB more than the control; ${(rssBytes / 2 ** 20).toFixed(0)} MB resident`,
      each <= BOUND * (1 + SLACK),
    ),
    claim(
      `${name}: p99 of the others is at most ${MAX_RATIO} x the control's`,
      `${(p99 / controlP99).toFixed(2)} x (${[
        `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`,
        `control p50 ${milliseconds(controlP50)}, p99 ${milliseconds(controlP99)}`,
        `medians of ${windows.length} windows`,
      ].join("; ")})`,
      p99 <= MAX_RATIO * controlP99,
    ),
    claim(
      `${name}: they then receive every event once and in order`,
      `${count(complete.length)} of ${STALLED} have all ${count(stalled.sent)}`,
      isWhole,
    ),
    claim(
      `${name}: no subscriber is disconnected`,
      `${count(stalled.crowd.open())} of ${count(SUBSCRIBERS)} sockets open`,
      stalled.crowd.open() === SUBSCRIBERS,
    ),
  ];
};

export const SLOW: Proof = {
  name: "slow",
  about: [
    `${count(SUBSCRIBERS)} subscribers of one operation, ${STALLED} stop reading for ${STALL_MS / 1_000} s, and read a little`,
    "compared with a control event by event, then with swapped sides",
  ].join("; "),
  async run(seed) {
    const sandbox = await startRemoteSandbox({ seed, people: 5 });
    const sides: Side[] = [];
    try {
      sides.push(await startSide(sandbox), await startSide(sandbox));
      const [a, b] = sides as [Side, Side];
      await runWindow(sides);
      const claims = [...(await stall("A", [a, b]))];
      await runWindow(sides);
      return [...claims, ...(await stall("B", [b, a]))];
    } finally {
      for (const { crowd, server } of sides) {
        await crowd.close();
        await server.stop();
      }
      await sandbox.stop();
    }
  },
};

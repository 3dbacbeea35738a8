import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { type Child, startChild } from "../../bench/child.ts";
import { type Crowd, openCrowd } from "../../bench/crowd.ts";
import { DEVICE, writeEvent } from "../../bench/fanout.cases.ts";
import { median, quantile } from "../../bench/statistics.ts";
import { holds } from "../kit/until.ts";
import { type Claim, claim, count, milliseconds, type Proof } from "./proof.ts";
import { startRemoteSandbox } from "./sandbox.ts";

const SUBSCRIBERS = 1_000;
const STALLED = 10;
const STALL_MS = 60_000;
/** The kernel takes about four megabytes for each before the server notices; a busy machine needs longer for that. */
const UNREAD_BYTES = 6 * 2 ** 20;
const MOST_WINDOWS = 30;
const WINDOW_MS = 5_000;
const EVERY_MS = 50;
const MAX_WAIT_MS = 30_000;
/** What may wait for one subscriber, and what the bookkeeping of it may cost besides. */
const [BOUND, SLACK] = [256 * 1024, 0.5];
const MOST = 1.5;
const SECRET = "slow-readers-slow-readers-slow-readers-slow";

/** Heavy, so that what is not read fills the buffers of the kernel and then those of the server. */
const FIELDS = "punch { id at localTime direction method user { employeeCode } device { serialNumber } }";
const QUERY = `subscription { punchAdded { cursor replayed gap
  ${Array.from({ length: 95 }, (_, index) => `p${index}: ${FIELDS}`).join("\n")}
} }`;

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const STALLING = range(SUBSCRIBERS - STALLED, SUBSCRIBERS);

/** A server with its subscribers. */
interface Side {
  readonly server: Child;
  readonly crowd: Crowd;
  /** What the last ones, that stall at times, have got: numbers of events, and which of them from the log. */
  readonly got: readonly { readonly numbers: number[]; replayed: number; gaps: number }[];
  sent: number;
  /** Of one event, as it is read. */
  bytes: number;
  /** How late each event came to each of the others. */
  late: number[];
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
  const got = STALLING.map(() => ({ numbers: [], replayed: 0, gaps: 0 }));
  return { server, crowd, got, sent: 0, bytes: 0, late: [] };
};

/** Tells a side of an event, and waits until all who read have it. */
const fire = async (side: Side): Promise<void> => {
  const { server, crowd, got } = side;
  side.sent += 1;
  let missing = SUBSCRIBERS - STALLED;
  const began = performance.now();
  const everywhere = new Promise<void>((resolve, reject) => {
    const inVain = setTimeout(() => reject(new Error("An event did not come everywhere.")), MAX_WAIT_MS);
    crowd.onResult = (at, index, text) => {
      const note = got[index - (SUBSCRIBERS - STALLED)];
      if (note !== undefined) {
        const start = text.toString("latin1", 0, 600);
        note.numbers.push(Number(/"employeeCode":"(\d+)"/.exec(start)?.[1]) - 1_000_000);
        if (start.includes('"replayed":true')) note.replayed += 1;
        if (start.includes('"gap":true')) note.gaps += 1;
        return;
      }
      side.bytes = text.length;
      side.late.push(at - began);
      missing -= 1;
      if (missing > 0) return;
      clearTimeout(inVain);
      resolve();
    };
  });
  const { statusCode, body } = await request(`${server.url}/callbacks/${SECRET}?stgid=${DEVICE}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ PunchLog: { Log: [writeEvent(side.sent).row] } }),
  });
  await body.dump();
  if (statusCode !== 200) throw new Error(`An event was answered ${statusCode}.`);
  await everywhere;
};

/** An event to the one and an event to the other, again and again for a window; how late they came. */
const runWindow = async (sides: readonly Side[]): Promise<readonly (readonly number[])[]> => {
  for (const side of sides) side.late = [];
  for (const end = performance.now() + WINDOW_MS; performance.now() < end; ) {
    for (const side of sides) {
      const next = performance.now() + EVERY_MS;
      await fire(side);
      await delay(Math.max(0, next - performance.now()));
    }
  }
  return sides.map(({ late }) => late);
};

const heldBy = (sides: readonly Side[]) => Promise.all(sides.map(({ server }) => server.held()));

const caughtUp = ({ got, sent }: Side): Promise<boolean> =>
  holds(() => got.every(({ numbers }) => numbers.length >= sent), { timeoutMs: MAX_WAIT_MS, intervalMs: 20 });

/** The last subscribers of the first side stop reading for a while; the second side is the control. */
const stall = async (name: string, [stalled, control]: readonly [Side, Side]): Promise<readonly Claim[]> => {
  const sides = [stalled, control];
  const before = await heldBy(sides);
  const first = stalled.sent;
  stalled.crowd.pause(STALLING);
  const stalledAt = performance.now();
  const windows: (readonly (readonly number[])[])[] = [];
  const isEnough = () =>
    performance.now() - stalledAt >= STALL_MS && (stalled.sent - first) * stalled.bytes >= UNREAD_BYTES;
  while (!isEnough() && windows.length < MOST_WINDOWS) windows.push(await runWindow(sides));
  const seconds = (performance.now() - stalledAt) / 1_000;
  const behind = stalled.got.map(({ numbers }) => numbers.length);
  const after = await heldBy(sides);
  const { rssBytes } = await stalled.server.usage();
  stalled.crowd.resume(STALLING);
  await caughtUp(stalled);
  const grown = after.map((bytes, index) => bytes - (before[index] ?? 0));
  const each = ((grown[0] ?? Number.NaN) - (grown[1] ?? 0)) / STALLED;
  const p = (part: number) => [0, 1].map((side) => median(windows.map((window) => quantile(window[side] ?? [], part))));
  const [[p50 = 0, controlP50 = 0], [p99 = 0, controlP99 = 0]] = [p(0.5), p(0.99)] as const;
  const replayed = stalled.got.map((each) => each.replayed);
  const isWhole = stalled.got.every(
    ({ numbers, gaps }) => gaps === 0 && numbers.join(",") === range(1, stalled.sent + 1).join(","),
  );
  return [
    claim(
      `${name}: ${STALLED} fall behind, and are served from the log`,
      `${count(stalled.sent - first)} events of ${(stalled.bytes / 1024).toFixed(0)} KiB sent in ${seconds.toFixed(0)} s; at least ${count(stalled.sent - Math.max(...behind))} unread, ${count(Math.min(...replayed))} replayed`,
      Math.min(...replayed) > 0,
    ),
    claim(
      `${name}: each holds at most ${((BOUND * (1 + SLACK)) / 1024).toFixed(0)} KiB`,
      `${(each / 1024).toFixed(0)} KiB more than the control; ${(rssBytes / 2 ** 20).toFixed(0)} MB resident`,
      each <= BOUND * (1 + SLACK),
    ),
    claim(
      `${name}: p99 of the others at most ${MOST} x the control's`,
      `${(p99 / controlP99).toFixed(2)} x (p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}; control p50 ${milliseconds(controlP50)}, p99 ${milliseconds(controlP99)}; medians of ${windows.length} windows)`,
      p99 <= MOST * controlP99,
    ),
    claim(
      `${name}: they then get everything, in order, once`,
      `${count(stalled.got.filter(({ numbers }) => numbers.length === stalled.sent).length)} of ${STALLED} have all ${count(stalled.sent)}`,
      isWhole,
    ),
    claim(
      `${name}: nobody was sent away`,
      `${count(stalled.crowd.open())} of ${count(SUBSCRIBERS)} sockets open`,
      stalled.crowd.open() === SUBSCRIBERS,
    ),
  ];
};

export const SLOW: Proof = {
  name: "slow",
  about: `${count(SUBSCRIBERS)} subscribers of one operation, ${STALLED} stop reading for ${STALL_MS / 1_000} s; beside a control, event by event, then the other way round`,
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

import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoggedEvent } from "../../../src/events/event.ts";
import { type EventLog, type LogPosition, START } from "../../../src/events/log/log.ts";
import { logKeysOf } from "../../../src/redis/keys.ts";
import { behindProxy } from "../../kit/events/faulty.ts";
import { LOG_KINDS, openRedisLog, type Store } from "../../kit/events/logs.ts";
import { punches } from "../../kit/events/samples.ts";
import { withRedis } from "../../kit/with-redis.ts";

const AHEAD = "999999999999999999-0";

const numberOf = ({ key }: LoggedEvent) => Number(key.split(":")[1]);

/** Reads a page as a test compares it. */
const pageAt = async (log: EventLog, position: LogPosition, limit = 100) => {
  const { events, end, hasMore, gap } = await log.read(position, limit);
  return { numbers: events.map(numberOf), end, hasMore, gap };
};

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe.each(LOG_KINDS)("positions in a log in $name", ({ start }) => {
  let store: () => Store;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ store, stop } = await start());
  });
  afterAll(() => stop());

  test("a page follows a position, and says where it ends and whether more follows", async () => {
    const log = await store().open();
    const { logId } = await log.bounds();
    expect(await pageAt(log, START)).toEqual({ numbers: [], end: "0-0", hasMore: false, gap: false });
    expect(await pageAt(log, { logId, offset: "0-0" })).toEqual({
      numbers: [],
      end: "0-0",
      hasMore: false,
      gap: false,
    });
    const offsets = (await log.append(punches(1, 10))).map(({ offset }) => offset);
    const at = (number: number) => ({ logId, offset: offsets[number - 1] ?? "" });
    expect(await pageAt(log, START, 3)).toEqual({ numbers: [1, 2, 3], end: at(3).offset, hasMore: true, gap: false });
    expect(await pageAt(log, { logId, offset: "0-0" }, 10)).toMatchObject({ hasMore: false, gap: false });
    expect(await pageAt(log, at(3), 6)).toEqual({
      numbers: numbers(4, 9),
      end: at(9).offset,
      hasMore: true,
      gap: false,
    });
    expect(await pageAt(log, at(3), 7)).toEqual({
      numbers: numbers(4, 10),
      end: at(10).offset,
      hasMore: false,
      gap: false,
    });
    expect(await pageAt(log, at(9))).toEqual({ numbers: [10], end: at(10).offset, hasMore: false, gap: false });
    expect(await pageAt(log, at(10))).toEqual({ numbers: [], end: at(10).offset, hasMore: false, gap: false });
  });

  test("a page contains the bounds of the moment at which it was read", async () => {
    const log = await store().open();
    await log.append(punches(1, 5));
    expect((await log.read(START, 2)).bounds).toEqual(await log.bounds());
  });

  test("a position whose event was dropped by the size limit has a gap, and reading continues with the oldest event", async () => {
    const log = await store().open({ maxEvents: 100 });
    const { logId } = await log.bounds();
    const offsets = (await log.append(punches(1, 600))).map(({ offset }) => offset);
    const at = (number: number) => ({ logId, offset: offsets[number - 1] ?? "" });
    const { numbers: retained } = await pageAt(log, START, 1_000);
    const oldest = retained[0] ?? 0;
    expect(retained).toEqual(numbers(oldest, 600));
    for (const position of [{ logId, offset: "0-0" }, at(1), at(oldest - 2), at(oldest - 1)]) {
      expect(await pageAt(log, position, 2)).toMatchObject({ numbers: [oldest, oldest + 1], gap: true });
    }
    expect(await pageAt(log, at(oldest), 1)).toMatchObject({ numbers: [oldest + 1], gap: false });
    expect(await pageAt(log, at(600))).toMatchObject({ numbers: [], gap: false });
    // A reader that has read nothing yet has missed nothing.
    expect(await pageAt(log, START, 1)).toMatchObject({ numbers: [oldest], gap: false });
  });

  test("a position in another log has a gap, with and without events, and reading begins at the start", async () => {
    const { open, lose } = store();
    const log = await open();
    const appended = await log.append(punches(1, 3));
    const { logId } = await log.bounds();
    const next = await lose(log);
    for (const offset of ["0-0", appended[0]?.offset ?? "", appended[2]?.offset ?? "", AHEAD]) {
      expect(await pageAt(next, { logId, offset })).toEqual({ numbers: [], end: "0-0", hasMore: false, gap: true });
    }
    const { bounds } = await next.read({ logId, offset: "0-0" }, 1);
    expect(bounds.logId).not.toBe(logId);
    expect(await pageAt(next, { logId: bounds.logId, offset: "0-0" })).toMatchObject({ gap: false });
    await next.append(punches(4, 6));
    for (const offset of ["0-0", appended[2]?.offset ?? "", AHEAD]) {
      expect(await pageAt(next, { logId, offset }, 2)).toMatchObject({ numbers: [4, 5], hasMore: true, gap: true });
    }
    expect(await pageAt(next, { logId: bounds.logId, offset: "0-0" })).toMatchObject({
      numbers: [4, 5, 6],
      gap: false,
    });
  });

  test("a position ahead of the log has a gap, and reading continues at the end of the log", async () => {
    const log = await store().open();
    const { logId } = await log.bounds();
    expect(await pageAt(log, { logId, offset: AHEAD })).toEqual({ numbers: [], end: "0-0", hasMore: false, gap: true });
    const appended = await log.append(punches(1, 3));
    const end = appended[2]?.offset ?? "";
    expect(await pageAt(log, { logId, offset: AHEAD })).toEqual({ numbers: [], end, hasMore: false, gap: true });
    expect(await pageAt(log, { logId, offset: end })).toEqual({ numbers: [], end, hasMore: false, gap: false });
  });
});

test("a position whose event Redis lost has a gap, also after newer events were appended", async () => {
  const redis = await withRedis();
  const account = "lost-tail";
  const log = await openRedisLog({ url: redis.url, account });
  const { logId } = await log.bounds();
  const offsets = (await log.append(punches(1, 15))).map(({ offset }) => offset);
  const at = (number: number) => ({ logId, offset: offsets[number - 1] ?? "" });
  const { events, claim } = logKeysOf(account);
  const lost = punches(11, 15).map(({ key }) => claim(key));
  await redis.ask("XDEL", events, ...offsets.slice(10));
  await redis.ask("DEL", ...lost);
  await redis.ask("XSETID", events, at(10).offset, "ENTRIESADDED", 10, "MAXDELETEDID", "0-0");
  expect(await pageAt(log, at(15))).toEqual({ numbers: [], end: at(10).offset, hasMore: false, gap: true });
  // An instance that knows of no loss hides it.
  const other = await openRedisLog({ url: redis.url, account });
  await other.append(punches(16, 18));
  for (const number of [11, 13, 15]) {
    expect(await pageAt(log, at(number))).toMatchObject({ numbers: [16, 17, 18], gap: true });
  }
  expect(await pageAt(log, at(10))).toMatchObject({ numbers: [16, 17, 18], gap: false });
});

test("a log whose newest entries were deleted is read to its end, and its end has no gap", async () => {
  const redis = await withRedis();
  const account = "deleted-tail";
  const log = await openRedisLog({ url: redis.url, account });
  const { logId } = await log.bounds();
  const offsets = (await log.append(punches(1, 4))).map(({ offset }) => offset);
  await redis.ask("XDEL", logKeysOf(account).events, offsets[2] ?? "", offsets[3] ?? "");
  const first = await pageAt(log, { logId, offset: offsets[0] ?? "" });
  expect(first).toEqual({ numbers: [2], end: offsets[1], hasMore: true, gap: false });
  const end = { logId, offset: offsets[3] ?? "" };
  expect(await pageAt(log, { logId, offset: first.end })).toMatchObject({
    numbers: [],
    end: end.offset,
    hasMore: false,
  });
  expect(await pageAt(log, end)).toMatchObject({ numbers: [], end: end.offset, hasMore: false, gap: false });
});

test("every event that a reader misses is behind a gap, whenever the log is trimmed while the answer is on its way", async () => {
  const { redis, proxy, url } = await behindProxy();
  const options = { account: "far-away", maxEvents: 100 };
  const near = await openRedisLog({ ...options, url: redis.url });
  const far = await openRedisLog({ ...options, url });
  let missed = 0;
  let appended = 0;
  const append = async (count: number) => {
    await near.append(punches(appended + 1, appended + count));
    appended += count;
  };
  // The bursts decide when the log drops the position: before the read, while it is on its way, or not at all.
  for (const burst of [5, 10, 15, 20, 30, 40, 80]) {
    await append(1);
    const { logId, latest } = await near.bounds();
    const first = appended + 1;
    proxy.latency(100);
    const answer = far.read({ logId, offset: latest }, 500);
    for (let bursts = 0; bursts < 20; bursts += 1) {
      await append(burst);
      await setTimeout(20);
    }
    const { events, gap } = await answer;
    const read = events.map(numberOf);
    expect(read).toEqual(numbers(read[0] ?? 0, read.at(-1) ?? 0));
    const lost = (read[0] ?? first) - first;
    missed += lost;
    if (lost > 0) expect(gap, `${lost} events before ${String(read[0])}, in bursts of ${burst}`).toBe(true);
  }
  expect(missed).toBeGreaterThan(0);
});

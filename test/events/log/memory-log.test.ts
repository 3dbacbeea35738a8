import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { EventLog } from "../../../src/events/log/log.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { numbered, range } from "../../kit/events/numbered.ts";

const DEDUPE_MS = 1_000;

/** A log with a clock that the test moves. */
const createLog = (maxEvents = 100) => {
  let time = 5_000;
  const log = createMemoryLog({ maxEvents, dedupeMs: DEDUPE_MS, now: () => time });
  const append = (...numbers: readonly number[]) => log.append(numbers.map((number) => numbered(number)));
  const codesOf = (events: Awaited<ReturnType<EventLog["readBack"]>>) =>
    events.map(({ body }) => (body.kind === "attendance.new" ? body.punch.EmployeeCode : body.kind));
  return { log, append, codesOf, at: (now: number) => void (time = now) };
};

test("offsets grow, whatever the clock does", async () => {
  const { log, append, at } = createLog();
  const offsets: string[] = [];
  for (const [number, time] of [5_000, 5_000, 5_001, 4_000, 5_002.7].entries()) {
    at(time);
    offsets.push(...(await append(number)).map(({ offset }) => offset));
  }
  expect(offsets).toEqual(["5000-0", "5000-1", "5001-0", "5001-1", "5002-0"]);
  expect(await log.length()).toBe(5);
});

test("a key is a duplicate until its time is over, to the millisecond, and each delivery prolongs it", async () => {
  const { append, at } = createLog();
  const [first] = await append(1);
  at(5_000 + DEDUPE_MS - 1);
  expect(await append(1)).toEqual([{ offset: first?.offset, duplicate: true }]);
  at(5_000 + 2 * DEDUPE_MS - 2);
  expect(await append(1, 1)).toEqual(range(1, 2).map(() => ({ offset: first?.offset, duplicate: true })));
  at(5_000 + 3 * DEDUPE_MS - 2);
  const [again] = await append(1);
  expect(again).toMatchObject({ duplicate: false });
  expect(again?.offset).not.toBe(first?.offset);
});

test("a key whose time is over is forgotten, also while others are remembered", async () => {
  const { log, append, at } = createLog();
  await append(1);
  at(5_500);
  await append(2);
  const keys = [1, 2].map((number) => numbered(number).key);
  expect((await log.offsetsOf(keys)).map((offset) => offset !== null)).toEqual([true, true]);
  at(5_000 + DEDUPE_MS);
  await append(3);
  expect((await log.offsetsOf(keys)).map((offset) => offset !== null)).toEqual([false, true]);
});

test("what is prolonged is not forgotten with what was delivered at the same time", async () => {
  const { log, append, at } = createLog();
  await append(1, 2);
  at(5_900);
  await append(1);
  at(6_100);
  await append(3);
  const keys = [1, 2].map((number) => numbered(number).key);
  expect((await log.offsetsOf(keys)).map((offset) => offset !== null)).toEqual([true, false]);
  expect(await append(1)).toMatchObject([{ duplicate: true }]);
});

test("listeners hear of what is new, once for each append, and of nothing that is repeated", async () => {
  const { log, append } = createLog();
  let heard = 0;
  log.onAppend(() => void (heard += 1));
  /** They hear of it at the end of the turn. */
  const appendAndWait = async (...numbers: readonly number[]) => {
    await append(...numbers);
    await setImmediate();
  };
  await appendAndWait(1, 2);
  expect(heard).toBe(1);
  await appendAndWait(1, 2);
  expect(heard).toBe(1);
  await appendAndWait(2, 3);
  expect(heard).toBe(2);
  await append(4);
  await log.stop();
  await setImmediate();
  expect(heard).toBe(2);
});

test("reading back begins before an offset or at the end, the newest first, and never before what is retained", async () => {
  const { log, append, codesOf } = createLog(10);
  const offsets = (await append(...range(1, 13))).map(({ offset }) => offset);
  expect(codesOf(await log.readBack(null, 3))).toEqual(["13", "12", "11"]);
  expect(codesOf(await log.readBack(offsets[6] ?? "", 2))).toEqual(["6", "5"]);
  expect(codesOf(await log.readBack(offsets[6] ?? "", 100))).toEqual(["6", "5", "4"]);
  expect(codesOf(await log.readBack(null, 100))).toEqual(range(4, 13).toReversed().map(String));
  expect(codesOf(await log.readBack(offsets[3] ?? "", 100))).toEqual([]);
  expect(await log.length()).toBe(10);
  await append(...range(14, 40));
  expect(codesOf(await log.readBack(null, 100))).toEqual(range(31, 40).toReversed().map(String));
});

test("a position is retained if its event is, and not if it is the last one that was dropped", async () => {
  const { log, append } = createLog(10);
  const offsets = (await append(...range(1, 13))).map(({ offset }) => offset);
  const { logId } = await log.bounds();
  const gapAfter = async (number: number) => (await log.read({ logId, offset: offsets[number - 1] ?? "" }, 5)).gap;
  expect(await Promise.all([4, 13].map(gapAfter))).toEqual([false, false]);
  expect(await Promise.all([1, 2, 3].map(gapAfter))).toEqual([true, true, true]);
});

test("what is repeated is not stored again, and a log that is just full has dropped nothing", async () => {
  const { log, append, codesOf } = createLog(3);
  await append(1, 2, 1, 3, 2);
  expect(codesOf(await log.readBack(null, 100))).toEqual(["3", "2", "1"]);
  expect((await log.bounds()).trimmed).toBe(false);
  const [fourth] = await append(4);
  const bounds = await log.bounds();
  expect(bounds).toMatchObject({ trimmed: true, latest: fourth?.offset });
  expect(codesOf(await log.readBack(bounds.oldest, 100))).toEqual([]);
  expect(codesOf((await log.read({ logId: null, offset: "0-0" }, 1)).events)).toEqual(["2"]);
});

test("an empty log has no oldest event, and its beginning is a position without a gap", async () => {
  const { log } = createLog();
  const { logId, ...bounds } = await log.bounds();
  expect(bounds).toEqual({ oldest: null, latest: "0-0", trimmed: false });
  expect(await log.read({ logId, offset: "0-0" }, 5)).toMatchObject({ events: [], gap: false, hasMore: false });
});

test("a position at which no event is has a gap, and one of no log has none", async () => {
  const { log, append, codesOf, at } = createLog(3);
  await append(1);
  at(6_000);
  await append(2);
  const { logId } = await log.bounds();
  const read = async (of: string | null, offset: string) => {
    const { events, gap } = await log.read({ logId: of, offset }, 5);
    return [codesOf(events), gap];
  };
  expect(await read(logId, "5500-0")).toEqual([["2"], true]);
  expect(await read(logId, "5000-0")).toEqual([["2"], false]);
  expect(await read(logId, "6000-0")).toEqual([[], false]);
  expect(await read(null, "5500-0")).toEqual([["2"], false]);
  // Another log is read from the beginning, whatever the offset.
  for (const offset of ["0-0", "6000-0", "9999-0"]) expect(await read("another", offset)).toEqual([["1", "2"], true]);
  await append(3, 4);
  expect(await read(null, "0-0")).toEqual([["2", "3", "4"], false]);
  expect(await read(logId, "0-0")).toEqual([["2", "3", "4"], true]);
});

test("a log in memory needs nobody, until it is stopped: then everything says so", async () => {
  const { log, append } = createLog();
  expect([log.unreadable(), log.warnings(), log.problem(), log.isNotified()]).toEqual([0, [], null, true]);
  await log.stop();
  expect(log.problem()).toBe("The event log is stopped.");
  const calls = [
    () => append(1),
    () => log.read({ logId: null, offset: "0-0" }, 1),
    () => log.readBack(null, 1),
    () => log.bounds(),
    () => log.length(),
    () => log.offsetsOf([]),
    () => log.quarantined(1),
    () => log.release("1-0"),
  ];
  for (const call of calls) {
    const failed = call();
    await expect(failed).rejects.toThrow(StoreUnavailableError);
    await expect(failed).rejects.toMatchObject({
      store: "event log",
      message: "The event log is unavailable: it is stopped.",
    });
  }
});

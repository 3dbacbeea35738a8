import { expect, test } from "vitest";
import { decodeCursor } from "../../../src/events/cursor.ts";
import { employeeCodeOf, gapEntry } from "../../../src/events/event.ts";
import { dedupeTag } from "../../../src/events/hub/subscriber.ts";
import type { EventFilter } from "../../../src/events/hub/subscription-spec.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { codesOf, createLog, cursorIn, startCatchUp } from "../../kit/events/catching-up.ts";
import { loggedEvents } from "../../kit/events/logged.ts";
import { appendNumbered, numbered, range } from "../../kit/events/numbered.ts";
import { EVERYTHING } from "../../kit/events/sinks.ts";

const filled = async (count: number, maxEvents?: number) => {
  const log = createLog(maxEvents);
  await appendNumbered(log, 1, count);
  return log;
};

const only = (...codes: readonly number[]): EventFilter => ({
  ...EVERYTHING,
  employeeCodes: new Set(codes.map(String)),
});

const offsetsOf = async (log: ReturnType<typeof createLog>) =>
  (await loggedEvents(log, "0-0", 1_000)).map(({ offset }) => offset);

test("history is sent in order and by pages of 100, each event names the one before it, and at its end the subscriber joins", async () => {
  const log = await filled(250);
  const offsets = await offsetsOf(log);
  const { run, ...seen } = await startCatchUp({ log, now: 1 });
  await run();
  expect(codesOf(seen.received)).toEqual(range(1, 250));
  const chain = ["0-0", ...offsets].map((offset) => cursorIn(seen.logId, offset));
  expect(seen.received.map(({ previousCursor }) => previousCursor)).toEqual(chain.slice(0, -1));
  expect(seen.received.map(({ cursor }) => cursor)).toEqual(chain.slice(1));
  expect(seen.received.every(({ replayed, gap }) => replayed && !gap)).toBe(true);
  expect([seen.limits, seen.runs, seen.pauses]).toEqual([[100, 100, 100], [100, 100, 50], []]);
  expect(seen.joins).toEqual([offsets[99], offsets[199], offsets[249]]);
  expect(seen.subscriber.offset).toBe(offsets[249]);
  expect(seen.counts).toEqual({ live: 0, replayed: 250, gaps: 0 });
});

test("a page that is not taken makes the next one half as large, one that is taken twice as large, up to 100", async () => {
  const log = await filled(300);
  const { run, received, limits } = await startCatchUp({ log, takes: [30, 1, 25, 12, 13] });
  await run();
  expect(codesOf(received)).toEqual(range(1, 300));
  expect(limits).toEqual([100, 50, 25, 50, 25, 13, 26, 52, 100, 100]);
});

test("a client that takes nothing is asked again, and nothing of its place is lost", async () => {
  const log = await filled(3);
  const { run, received, counts, joins, pauses } = await startCatchUp({ log, takes: [0, 0, 2] });
  await run();
  expect([codesOf(received), counts.replayed, joins.length, pauses]).toEqual([[1, 2, 3], 3, 1, []]);
});

test("a client that has gone is read nothing for, and nothing is sent to a subscriber that was stopped meanwhile", async () => {
  const log = await filled(3);
  const gone = await startCatchUp({ log });
  gone.drains.left = 0;
  await gone.run();
  expect([gone.limits, gone.received]).toEqual([[], []]);
  const stopped = await startCatchUp({ log });
  stopped.subscriber.stopped = true;
  await stopped.run();
  expect([stopped.limits, stopped.drains.asked]).toEqual([[], 0]);
  const during: Awaited<ReturnType<typeof startCatchUp>> = await startCatchUp({
    log,
    onRead: () => void (during.subscriber.stopped = true),
  });
  await during.run();
  expect([during.runs, during.sends(), during.joins]).toEqual([[], 0, []]);
  const rendering: Awaited<ReturnType<typeof startCatchUp>> = await startCatchUp({
    log,
    onRender: () => void (rendering.subscriber.stopped = true),
  });
  await rendering.run();
  expect([rendering.runs, rendering.sends(), rendering.joins]).toEqual([[3], 0, []]);
  const alone: Awaited<ReturnType<typeof startCatchUp>> = await startCatchUp({
    log,
    subscriber: { gap: true },
    onRender: () => void (alone.subscriber.stopped = true),
  });
  await alone.run();
  expect([alone.runs, alone.sends(), alone.joins, alone.subscriber.offset]).toEqual([[1], 0, [], "0-0"]);
  const sending: Awaited<ReturnType<typeof startCatchUp>> = await startCatchUp({
    log,
    onSend: () => void (sending.subscriber.stopped = true),
  });
  await sending.run();
  expect([codesOf(sending.received), sending.joins]).toEqual([[1, 2, 3], []]);
});

test("a subscriber that has everything, but may not join yet, waits for the next read after the one that it saw", async () => {
  const log = await filled(2);
  const { run, ...seen } = await startCatchUp({ log, onPause: (pause) => appendNumbered(log, 2 + pause, 2 + pause) });
  // The reader is ahead of what this subscriber can read.
  seen.latest.offset = "ahead";
  await run();
  expect(codesOf(seen.received)).toEqual([1, 2, 3]);
  expect([seen.pauses, seen.limits]).toEqual([[40], [100, 100, 100]]);
});

test("the place moves past events that the filter leaves out, and never past one that was not taken", async () => {
  const log = await filled(10);
  const offsets = await offsetsOf(log);
  const places: string[] = [];
  const { run, ...seen } = await startCatchUp({
    log,
    filter: only(5, 7),
    takes: [0, 1, 0],
    onRead: () => void places.push(seen.subscriber.offset),
  });
  await run();
  expect(places).toEqual(["0-0", offsets[3], offsets[4], offsets[5]]);
  expect([codesOf(seen.received), seen.subscriber.offset, seen.counts.replayed]).toEqual([[5, 7], offsets[9], 2]);
  const [first, second] = seen.received;
  expect([first?.previousCursor, second?.previousCursor]).toEqual([cursorIn(seen.logId, "0-0"), first?.cursor]);
});

test("events that a trimmed log has lost are a gap of the first event after it, and of no other", async () => {
  const log = await filled(20, 10);
  const { logId } = await log.bounds();
  const { run, received, counts, subscriber } = await startCatchUp({ log, subscriber: { logId } });
  await run();
  expect(received.map(({ code, gap }) => [Number(code), gap])).toEqual(
    range(11, 20).map((code) => [code, code === 11]),
  );
  expect(received.map(({ previousCursor }) => previousCursor)).toEqual([
    null,
    ...received.slice(0, -1).map(({ cursor }) => cursor),
  ]);
  expect([counts.gaps, counts.replayed, subscriber.gap]).toEqual([1, 10, false]);
});

test("another log is a gap, is read from its beginning, and is named by every cursor", async () => {
  const log = await filled(3);
  const { run, received, subscriber, logId } = await startCatchUp({ log, subscriber: { logId: "old", offset: "9-9" } });
  await run();
  expect(received.map(({ gap }) => gap)).toEqual([true, false, false]);
  expect(new Set(received.map(({ cursor }) => decodeCursor(cursor)?.logId))).toEqual(new Set([logId]));
  expect(subscriber.logId).toBe(logId);
});

test("an entry for a gap is no event: what is before it is sent first, and what follows it tells", async () => {
  const log = await filled(2);
  await log.append([gapEntry("2026-06-21T03:32:16.250Z")]);
  await appendNumbered(log, 3, 4);
  const { run, received, runs, counts, limits } = await startCatchUp({ log });
  await run();
  expect([limits, received.every(({ replayed }) => replayed)]).toEqual([[100], true]);
  expect(received.map(({ code, gap }) => [Number(code), gap])).toEqual([
    [1, false],
    [2, false],
    [3, true],
    [4, false],
  ]);
  expect(received[2]?.previousCursor).toBeNull();
  expect(received[3]?.previousCursor).toBe(received[2]?.cursor);
  expect([runs, counts]).toEqual([[2, 1, 1], { live: 0, replayed: 4, gaps: 1 }]);
});

test("what is before a gap and is not taken is read again, and so is the event that tells the gap", async () => {
  const log = await filled(2);
  await log.append([gapEntry("2026-06-21T03:32:16.250Z")]);
  await appendNumbered(log, 3, 4);
  const { run, received, counts, limits } = await startCatchUp({ log, takes: [1, 1, 0, 1, 0] });
  await run();
  // After each page that was not taken the next one is half as large; the last one is taken.
  expect(limits).toEqual([100, 50, 25, 13]);
  expect(received.map(({ code, gap }) => [Number(code), gap])).toEqual([
    [1, false],
    [2, false],
    [3, true],
    [4, false],
  ]);
  expect(counts).toEqual({ live: 0, replayed: 4, gaps: 1 });
});

test("a subscriber that has not been told of its gap does not join, at the end of the log either", async () => {
  const log = await filled(2);
  await log.append([gapEntry("2026-06-21T03:32:16.250Z")]);
  const { run, received, joins, pauses } = await startCatchUp({
    log,
    onPause: () => appendNumbered(log, 3, 3),
  });
  await run();
  expect(received.map(({ code, gap }) => [Number(code), gap])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
  expect([joins.length, pauses.length]).toEqual([1, 1]);
});

const tagsOf = (...numbers: readonly number[]) => new Set(numbers.map((number) => dedupeTag(numbered(number).key)));

test("events that the client has from a snapshot are left out, and its cursors keep those that are still to come", async () => {
  const log = await filled(8);
  const { run, received, runs, subscriber, counts } = await startCatchUp({
    log,
    subscriber: { deliveredTags: tagsOf(2, 4, 5), ownCursor: "own", tagsExpireAt: 1 },
  });
  await run();
  expect(codesOf(received)).toEqual([1, 3, 6, 7, 8]);
  expect(received.map(({ cursor }) => decodeCursor(cursor)?.deliveredTags.length)).toEqual([3, 2, 0, 0, 0]);
  expect(received.map(({ previousCursor }) => previousCursor)).toEqual([
    "own",
    ...received.slice(0, -1).map(({ cursor }) => cursor),
  ]);
  // Those with tags are executed for it alone, all others together.
  expect([runs, subscriber.ownCursor, counts]).toEqual([[1, 1, 1, 2], null, { live: 0, replayed: 5, gaps: 0 }]);
});

test.each([
  ["until their time is over", 5, [1]],
  ["and not longer", 6, []],
])("tags are kept %s", async (_, now, left) => {
  const log = await filled(1);
  const { run, subscriber } = await startCatchUp({
    log,
    now,
    subscriber: { deliveredTags: tagsOf(2), ownCursor: "own", tagsExpireAt: 5 },
  });
  await run();
  expect(subscriber.deliveredTags?.size).toBe(left.length);
});

const failing = (code: number) => (deliveries: readonly { readonly event: Parameters<typeof employeeCodeOf>[0] }[]) => {
  if (deliveries.some(({ event }) => employeeCodeOf(event) === String(code))) throw new Error("cannot be executed");
};

test("an event that cannot be executed ends the catching up when all before it are taken, not earlier", async () => {
  const log = await filled(5);
  const { run, received, counts, sends } = await startCatchUp({ log, takes: [1, 1], onRender: failing(4) });
  await expect(run()).rejects.toThrow("cannot be executed");
  expect([codesOf(received), counts.replayed, sends()]).toEqual([[1, 2, 3], 3, 3]);
  const first = await startCatchUp({ log, onRender: failing(1) });
  await expect(first.run()).rejects.toThrow("cannot be executed");
  expect(first.sends()).toBe(0);
});

test("while the log cannot be read the subscriber waits, and any other failure ends its catching up", async () => {
  const log = await filled(2);
  const { run, received, pauses, joins } = await startCatchUp({
    log,
    onRead(read) {
      if (read === 1) throw new StoreUnavailableError("event log", "Redis does not answer.");
    },
  });
  await run();
  expect([codesOf(received), pauses, joins.length]).toEqual([[1, 2], [40], 1]);
  const broken = await startCatchUp({ log, onRead: () => Promise.reject(new Error("a fault")) });
  await expect(broken.run()).rejects.toThrow("a fault");
});

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { decodeCursor, encodeCursor } from "../../../src/events/cursor.ts";
import type { EventLog } from "../../../src/events/log/log.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { follow } from "../../kit/events/follower.ts";
import { LOG_KINDS, type Store } from "../../kit/events/logs.ts";
import { DEVICES, punchAt, punches } from "../../kit/events/samples.ts";
import { loggedEvents } from "../../kit/events/logged.ts";

const keysOf = (events: readonly { readonly key: string }[]) => events.map(({ key }) => key);

const readAll = async (log: EventLog, limit = 1_000) => {
  const found = [];
  for (let after = "0-0"; ; after = found.at(-1)?.offset ?? after) {
    const page = await loggedEvents(log, after, limit);
    found.push(...page);
    if (page.length < limit) return found;
  }
};

describe.each(LOG_KINDS)("log in $name", ({ shared, start }) => {
  let store: () => Store;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ store, stop } = await start());
  });
  afterAll(() => stop());

  test("events are read as they were appended, in that order, each with a greater offset", async () => {
    const log = await store().open();
    const first = await log.append(punches(1, 3));
    const second = await log.append([punchAt(DEVICES[1], 1), punchAt(DEVICES[0], 4)]);
    const read = await loggedEvents(log, "0-0", 100);
    expect(read.map(({ offset: _offset, ...event }) => event)).toEqual([
      ...punches(1, 3),
      punchAt(DEVICES[1], 1),
      punchAt(DEVICES[0], 4),
    ]);
    expect(read.map(({ offset }) => offset)).toEqual([...first, ...second].map(({ offset }) => offset));
    expect([...first, ...second].every(({ duplicate }) => !duplicate)).toBe(true);
    expect(new Set(read.map(({ offset }) => offset)).size).toBe(5);
  });

  test("concurrent appends keep the order of each device", async () => {
    const log = await store().open();
    const send = async (device: string) => {
      for (let number = 1; number <= 50; number += 1) await log.append([punchAt(device, number)]);
    };
    await Promise.all(DEVICES.map(send));
    const read = await readAll(log);
    for (const device of DEVICES) {
      expect(keysOf(read.filter(({ DeviceSN }) => DeviceSN === device))).toEqual(keysOf(punches(1, 50, device)));
    }
  });

  test("a batch of any size is appended in order", async () => {
    const log = await store().open();
    expect(await log.append([])).toEqual([]);
    expect(await log.append(punches(1, 500))).toHaveLength(500);
    expect(keysOf(await readAll(log))).toEqual(keysOf(punches(1, 500)));
  });

  test("an event that is delivered 50 times concurrently is appended once, and every delivery gets its offset", async () => {
    const log = await store().open();
    const answers = await Promise.all(Array.from({ length: 50 }, () => log.append([punchAt(DEVICES[0], 1)])));
    const [{ offset } = { offset: "" }] = await loggedEvents(log, "0-0", 100);
    expect(answers.filter(([answer]) => answer?.duplicate === false)).toHaveLength(1);
    expect(answers.flat().map((answer) => answer.offset)).toEqual(Array(50).fill(offset));
    expect(await loggedEvents(log, "0-0", 100)).toHaveLength(1);
  });

  test("a batch may contain an event twice, or a known event", async () => {
    const log = await store().open();
    const [known] = await log.append([punchAt(DEVICES[0], 1)]);
    const [two, one, twoAgain] = await log.append([
      punchAt(DEVICES[0], 2),
      punchAt(DEVICES[0], 1),
      punchAt(DEVICES[0], 2),
    ]);
    expect(one).toEqual({ offset: known?.offset, duplicate: true });
    expect(twoAgain).toEqual({ offset: two?.offset, duplicate: true });
    expect(keysOf(await loggedEvents(log, "0-0", 100))).toEqual(keysOf(punches(1, 2)));
  });

  test("a key is remembered for `dedupeMs` after its last delivery, and is new afterwards", async () => {
    const log = await store().open({ dedupeMs: 600 });
    await log.append([punchAt(DEVICES[0], 1)]);
    expect(await log.append([punchAt(DEVICES[0], 1)])).toMatchObject([{ duplicate: true }]);
    const isKnown = async () => (await log.append([punchAt(DEVICES[0], 1)]))[0]?.duplicate;
    // Every delivery extends the time.
    await expect.poll(isKnown, { interval: 700, timeout: 5_000 }).toBe(false);
    expect(await loggedEvents(log, "0-0", 100)).toHaveLength(2);
  });

  test("reading continues after an offset, page by page, to the end", async () => {
    const log = await store().open();
    const appended = await log.append(punches(1, 10));
    const at = (index: number) => appended[index]?.offset ?? "";
    expect(keysOf(await loggedEvents(log, at(3), 3))).toEqual(keysOf(punches(5, 7)));
    expect(keysOf(await readAll(log, 3))).toEqual(keysOf(punches(1, 10)));
    expect(await loggedEvents(log, at(9), 3)).toEqual([]);
    expect(await loggedEvents(log, "999999999999999999-0", 3)).toEqual([]);
  });

  test("an empty log has an id, no events, and nothing dropped", async () => {
    const log = await store().open();
    const { logId, ...bounds } = await log.bounds();
    expect(logId).toMatch(/^[\w-]{11,16}$/);
    expect(bounds).toEqual({ oldest: null, latest: "0-0", trimmed: false });
    expect(await loggedEvents(log, "0-0", 10)).toEqual([]);
    await log.append([punchAt(DEVICES[0], 1)]);
    expect((await log.bounds()).logId).toBe(logId);
  });

  test("bounds contain the oldest and the latest offset, and whether older events were dropped", async () => {
    const log = await store().open({ maxEvents: 100 });
    const appended = await log.append(punches(1, 100));
    const whole = { oldest: appended[0]?.offset, latest: appended[99]?.offset, trimmed: false };
    expect(await log.bounds()).toMatchObject(whole);
    const more = await log.append(punches(101, 600));
    const bounds = await log.bounds();
    const retained = await readAll(log);
    expect(bounds).toMatchObject({ oldest: retained[0]?.offset, latest: more.at(-1)?.offset, trimmed: true });
    expect(retained.length).toBeGreaterThanOrEqual(100);
    expect(retained.length).toBeLessThan(300);
    expect(keysOf(retained)).toEqual(keysOf(punches(601 - retained.length, 600)));
  });

  test("a dropped event is still a duplicate when it is delivered again", async () => {
    const log = await store().open({ maxEvents: 10 });
    await log.append(punches(1, 500));
    expect(await log.append([punchAt(DEVICES[0], 1)])).toMatchObject([{ duplicate: true }]);
  });

  test("a log that lost everything is another log, and accepts the events of the lost one", async () => {
    const { open, lose } = store();
    const log = await open();
    await log.append(punches(1, 3));
    const before = await log.bounds();
    const after = await lose(log);
    expect(await after.append([punchAt(DEVICES[0], 2)])).toMatchObject([{ duplicate: false }]);
    const bounds = await after.bounds();
    expect(bounds.logId).not.toBe(before.logId);
    expect(bounds).toMatchObject({ latest: bounds.oldest, trimmed: false });
    expect(keysOf(await loggedEvents(after, "0-0", 10))).toEqual(keysOf(punches(2, 2)));
    const again = await lose(after);
    expect((await again.bounds()).logId).not.toBe(bounds.logId);
    expect(await again.bounds()).toMatchObject({ oldest: null, latest: "0-0", trimmed: false });
  });

  test("offsets are found by key, as long as the log remembers the key", async () => {
    const { open, lose } = store();
    const log = await open();
    expect(await log.offsetsOf([])).toEqual([]);
    const appended = await log.append(punches(1, 2));
    const keys = keysOf(punches(1, 3));
    expect(await log.offsetsOf(keys)).toEqual([...appended.map(({ offset }) => offset), null]);
    expect(await (await lose(log)).offsetsOf(keys)).toEqual([null, null, null]);
  });

  test("a cursor contains the log and the offset", async () => {
    const log = await store().open();
    const [appended] = await log.append(punches(1, 1));
    const { logId } = await log.bounds();
    const cursor = { logId, offset: appended?.offset ?? "", deliveredTags: [] };
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  });

  test("listeners are called for appends, once for many concurrent ones, and not after their removal", async () => {
    const log = await store().open();
    const notified = vi.fn();
    const removed = vi.fn();
    log.onAppend(removed)();
    const leave = log.onAppend(notified);
    await expect.poll(() => log.problem()).toBeNull();
    notified.mockClear();
    await Promise.all(punches(1, 200).map((event) => log.append([event])));
    await expect.poll(() => notified.mock.calls.length, { interval: 2 }).toBeGreaterThan(0);
    expect(notified.mock.calls.length).toBeLessThan(100);
    leave();
    const count = notified.mock.calls.length;
    const later = vi.fn();
    log.onAppend(later);
    await log.append(punches(201, 210));
    await expect.poll(() => later.mock.calls.length).toBeGreaterThan(0);
    expect(notified.mock.calls.length).toBe(count);
    expect(removed).not.toHaveBeenCalled();
  });

  if (shared) {
    test("an instance is notified at once of what another instance appended, and reads it", async () => {
      const { open } = store();
      const [one, other] = [await open(), await open()];
      const keys = follow(other);
      const delays: number[] = [];
      for (const event of punches(1, 20)) {
        const begin = performance.now();
        await one.append([event]);
        await expect.poll(() => keys.includes(event.key), { interval: 1, timeout: 3_000 }).toBe(true);
        delays.push(performance.now() - begin);
      }
      expect(keys).toEqual(keysOf(punches(1, 20)));
      expect(delays.toSorted((a, b) => a - b)[10]).toBeLessThan(100);
      expect((await one.bounds()).logId).toBe((await other.bounds()).logId);
      expect(await other.append([punchAt(DEVICES[0], 7)])).toMatchObject([{ duplicate: true }]);
    });
  }

  test("the newest thousand quarantined bodies are kept until they are released", async () => {
    const log = await store().open();
    const item = (number: number) => ({
      receivedAt: "2026-06-21T03:32:16.250Z",
      reason: "AttendanceLog: expected a date and time",
      body: `{"DeviceSN":"SN1","number":${number}}`,
    });
    for (let number = 1; number <= 3; number += 1) await log.quarantine(item(number));
    const kept = await log.quarantined(10);
    expect(kept.map(({ id: _id, ...rest }) => rest)).toEqual([item(1), item(2), item(3)]);
    expect(await log.quarantined(1)).toEqual(kept.slice(0, 1));
    const second = kept[1]?.id ?? "";
    expect(await log.release(second)).toEqual(kept[1]);
    expect(await log.release(second)).toBeNull();
    for (const id of ["", "nonsense", "0-0", "1-*"]) expect(await log.release(id)).toBeNull();
    expect(await log.quarantined(10)).toEqual([kept[0], kept[2]]);
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => log.quarantine(item(index + 4))));
    expect((await log.quarantined(2_000)).map(({ body }) => body)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => item(index + 4).body),
    );
    expect(await loggedEvents(log, "0-0", 10)).toEqual([]);
  });

  test("a stopped log has stored the appends in flight, and rejects further calls", async () => {
    const { open } = store();
    const log = await open();
    const pending = log.append(punches(1, 100));
    await log.stop();
    await log.stop();
    expect(await pending).toHaveLength(100);
    expect(log.problem()).toBe("The event log is stopped.");
    const calls = [
      log.append([]),
      loggedEvents(log, "0-0", 1),
      log.bounds(),
      log.quarantined(1),
      log.release("1-0"),
      log.quarantine({ receivedAt: "", reason: "", body: "" }),
    ];
    for (const each of calls) await expect(each).rejects.toThrow(StoreUnavailableError);
    if (shared) expect(await readAll(await open())).toHaveLength(100);
  });
});

import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { gapEntry } from "../../../src/events/event.ts";
import { appendNumbered, range } from "../../kit/events/numbered.ts";
import { createTestLog, EVERYTHING, specOf, subscribe, openHub } from "../../kit/events/sinks.ts";

const codes = (from: number, to: number) => range(from, to).map(String);

test("a burst larger than the log is a gap for live subscribers and for those that come back", async () => {
  const test = createTestLog(10);
  const hub = openHub(test.log);
  const live = subscribe(hub, specOf("live"));
  const other = subscribe(
    hub,
    specOf("quiet", () => {}, { ...EVERYTHING, employeeCodes: new Set(["95", "3"]) }),
  );
  await setImmediate();
  await appendNumbered(test.log, 1, 1);
  await expect.poll(live.codes).toEqual(["1"]);
  const after = live.decodedCursor();
  await appendNumbered(test.log, 2, 100);
  await expect.poll(live.codes).toEqual(["1", ...codes(91, 100)]);
  expect(live.received.map(({ gap }) => gap)).toEqual([false, true, ...range(1, 9).map(() => false)]);
  await expect.poll(() => other.received).toEqual([{ code: "95", replayed: true, gap: true }]);
  const back = subscribe(hub, specOf("back"), after);
  await expect.poll(() => back.received.at(0)).toEqual({ code: "91", replayed: true, gap: true });
  await appendNumbered(test.log, 101, 101);
  for (const sink of [live, back])
    await expect.poll(() => sink.received.at(-1)).toEqual({ code: "101", replayed: false, gap: false });
});

test("no subscriber gets a cursor after a loss that was not reported yet", async () => {
  const test = createTestLog(10);
  const hub = openHub(test.log, { progressMs: 5 });
  const quiet = subscribe(
    hub,
    specOf("quiet", () => {}, { ...EVERYTHING, employeeCodes: new Set(["200"]) }),
  );
  await setImmediate();
  await appendNumbered(test.log, 1, 100);
  await expect.poll(() => quiet.cursor()).toBeNull();
  const count = quiet.checkpoints.length;
  await appendNumbered(test.log, 101, 150);
  expect(quiet.checkpoints.length).toBe(count);
  await appendNumbered(test.log, 200, 200);
  await expect.poll(() => quiet.received).toEqual([{ code: "200", replayed: true, gap: true }]);
  await expect.poll(() => quiet.decodedCursor()?.offset).toBe((await test.log.bounds()).latest);
});

test("a log that replaces the old one is a gap, and is sent from its beginning", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const live = subscribe(hub, specOf("live"));
  await setImmediate();
  await appendNumbered(test.log, 1, 3);
  await expect.poll(live.codes).toEqual(codes(1, 3));
  const after = live.decodedCursor();
  test.replace();
  await appendNumbered(test.log, 4, 5);
  await expect.poll(live.codes).toEqual(codes(1, 5));
  expect(live.received[3]).toEqual({ code: "4", replayed: true, gap: true });
  await appendNumbered(test.log, 6, 6);
  await expect.poll(() => live.received.at(-1)).toEqual({ code: "6", replayed: false, gap: false });
  const back = subscribe(hub, specOf("back"), after);
  await expect.poll(back.codes).toEqual(codes(4, 6));
  expect(back.received[0]?.gap).toBe(true);
});

test("a gap in the log is reported once to every subscriber that passes it, live and replayed", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const { logId } = await test.log.bounds();
  const live = [1, 2].map(() => subscribe(hub, specOf("live")));
  const quiet = subscribe(
    hub,
    specOf("quiet", () => {}, { ...EVERYTHING, employeeCodes: new Set(["6"]) }),
  );
  await setImmediate();
  await appendNumbered(test.log, 1, 3);
  await test.log.append([gapEntry("2026-06-21T03:32:16.250Z")]);
  await appendNumbered(test.log, 4, 5);
  for (const sink of live) await expect.poll(sink.codes).toEqual(codes(1, 5));
  await appendNumbered(test.log, 6, 6);
  const replayed = subscribe(hub, specOf("replayed"), { logId, offset: "0-0", deliveredTags: [] });
  for (const sink of [...live, replayed]) {
    await expect.poll(sink.codes).toEqual(codes(1, 6));
    expect(sink.received.filter(({ gap }) => gap).map(({ code }) => code)).toEqual(["4"]);
  }
  await expect.poll(() => quiet.received.map(({ code, gap }) => [code, gap])).toEqual([["6", true]]);
});

import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { appendNumbered, range } from "../../kit/events/numbered.ts";
import { createTestLog, EVERYTHING, feedOf, listen, openHub } from "../../kit/events/sinks.ts";

const codes = (from: number, to: number) => range(from, to).map(String);

test("a burst larger than the log is a gap for those who are live, and for those who come back", async () => {
  const test = createTestLog(10);
  const hub = openHub(test.log);
  const live = listen(hub, feedOf("live"));
  const other = listen(
    hub,
    feedOf("quiet", () => {}, { ...EVERYTHING, employeeCodes: new Set(["95", "3"]) }),
  );
  await setImmediate();
  await appendNumbered(test.log, 1, 1);
  await expect.poll(live.codes).toEqual(["1"]);
  const place = live.place();
  await appendNumbered(test.log, 2, 100);
  await expect.poll(live.codes).toEqual(["1", ...codes(91, 100)]);
  expect(live.got.map(({ gap }) => gap)).toEqual([false, true, ...range(1, 9).map(() => false)]);
  await expect.poll(() => other.got).toEqual([{ code: "95", replayed: true, gap: true }]);
  const back = listen(hub, feedOf("back"), place);
  await expect.poll(() => back.got.at(0)).toEqual({ code: "91", replayed: true, gap: true });
  await appendNumbered(test.log, 101, 101);
  for (const sink of [live, back])
    await expect.poll(() => sink.got.at(-1)).toEqual({ code: "101", replayed: false, gap: false });
});

test("nobody is told a place behind a loss that was not told yet", async () => {
  const test = createTestLog(10);
  const hub = openHub(test.log, { progressMs: 5 });
  const quiet = listen(
    hub,
    feedOf("quiet", () => {}, { ...EVERYTHING, employeeCodes: new Set(["200"]) }),
  );
  await setImmediate();
  await appendNumbered(test.log, 1, 100);
  await expect.poll(() => quiet.cursor()).toBeNull();
  const marks = quiet.marks.length;
  await appendNumbered(test.log, 101, 150);
  expect(quiet.marks.length).toBe(marks);
  await appendNumbered(test.log, 200, 200);
  await expect.poll(() => quiet.got).toEqual([{ code: "200", replayed: true, gap: true }]);
  await expect.poll(() => quiet.place()?.offset).toBe((await test.log.bounds()).latest);
});

test("another log in the place of the old one is a gap, and is sent from its beginning", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const live = listen(hub, feedOf("live"));
  await setImmediate();
  await appendNumbered(test.log, 1, 3);
  await expect.poll(live.codes).toEqual(codes(1, 3));
  const place = live.place();
  test.exchange();
  await appendNumbered(test.log, 4, 5);
  await expect.poll(live.codes).toEqual(codes(1, 5));
  expect(live.got[3]).toEqual({ code: "4", replayed: true, gap: true });
  await appendNumbered(test.log, 6, 6);
  await expect.poll(() => live.got.at(-1)).toEqual({ code: "6", replayed: false, gap: false });
  const back = listen(hub, feedOf("back"), place);
  await expect.poll(back.codes).toEqual(codes(4, 6));
  expect(back.got[0]?.gap).toBe(true);
});

import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { employeeCodeOf } from "../../../src/events/event.ts";
import type { Delivery } from "../../../src/events/hub/subscription-spec.ts";
import { dedupeTag } from "../../../src/events/hub/subscriber.ts";
import { appendNumbered, numbered, range } from "../../kit/events/numbered.ts";
import { createGate, createTestLog, feedOf, listen, openHub } from "../../kit/events/sinks.ts";

const codes = (from: number, to: number) => range(from, to).map(String);

const START = { logId: "", offset: "0-0", deliveredTags: [] };

/** Behind everything that is logged, of the log as it is. */
const beginning = async ({ log }: ReturnType<typeof createTestLog>) => ({
  ...START,
  logId: (await log.bounds()).logId,
});

test("identical subscriptions are executed once for each event, live and while they catch up", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const rendered: (string | null)[] = [];
  const feed = () => feedOf("same", ({ event }) => void rendered.push(employeeCodeOf(event)));
  await appendNumbered(test.log, 1, 500);
  const after = await beginning(test);
  const late = range(1, 20).map(() => listen(hub, feed(), after));
  await expect.poll(() => late.every(({ got }) => got.length === 500)).toBe(true);
  expect(rendered).toEqual(codes(1, 500));
  await appendNumbered(test.log, 501, 600);
  await expect.poll(() => late.every(({ got }) => got.length === 600)).toBe(true);
  expect(rendered).toEqual(codes(1, 600));
  for (const sink of late) {
    expect(sink.codes()).toEqual(codes(1, 600));
    expect(sink.got.at(-1)?.replayed).toBe(false);
  }
});

test("an event that was still being executed when its subscriber left is not sent any more", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const gate = createGate();
  let begun = 0;
  const feed = feedOf("slow", () => {
    begun += 1;
    return gate.passed;
  });
  const [gone, staying] = [listen(hub, feed), listen(hub, feed)];
  const catching = listen(
    hub,
    feedOf("replayed", () => gate.passed),
    await beginning(test),
  );
  await appendNumbered(test.log, 1, 1);
  await expect.poll(() => begun).toBe(1);
  gone.end();
  catching.end();
  gate.open();
  await expect.poll(() => staying.codes()).toEqual(["1"]);
  expect([gone.got, catching.got]).toEqual([[], []]);
});

test("subscribers of a feed that is overtaken by its events go on from the log: in order, nothing twice", async () => {
  const test = createTestLog();
  const hub = openHub(test.log, { maxWaiting: 3 });
  let gate = createGate();
  const feed = feedOf("slow", () => gate.passed);
  const sinks = [listen(hub, feed), listen(hub, feed)];
  await setImmediate();
  await appendNumbered(test.log, 1, 10);
  await setImmediate();
  await setImmediate();
  await appendNumbered(test.log, 11, 12);
  expect(sinks.map(({ got }) => got.length)).toEqual([0, 0]);
  // Nothing was sent: that is where it would go on from.
  for (const sink of sinks) expect(sink.place()?.offset).toBe("0-0");
  gate.open();
  gate = createGate();
  gate.open();
  for (const sink of sinks) await expect.poll(sink.codes).toEqual(codes(1, 12));
  await appendNumbered(test.log, 13, 13);
  for (const sink of sinks) {
    await expect.poll(sink.codes).toEqual(codes(1, 13));
    expect(sink.got.at(-1)?.replayed).toBe(false);
  }
});

test("one that has no room is sent nothing until it has, and its neighbours everything at once", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const feed = feedOf("same");
  const [slow, fast] = [listen(hub, feed), listen(hub, feed)];
  slow.fill();
  await setImmediate();
  await appendNumbered(test.log, 1, 600);
  await expect.poll(fast.codes).toEqual(codes(1, 600));
  expect(slow.codes()).toEqual(["1"]);
  const first = (await test.log.read("0-0", 1))[0];
  expect(slow.place()?.offset).toBe(first?.offset);
  const behind = listen(hub, feed, { logId: slow.place()?.logId ?? "", offset: "0-0", deliveredTags: [] });
  behind.fill();
  await expect.poll(behind.codes).toEqual(["1"]);
  await appendNumbered(test.log, 601, 601);
  await expect.poll(fast.codes).toEqual(codes(1, 601));
  expect([slow.codes(), behind.codes()]).toEqual([["1"], ["1"]]);
  for (const sink of [slow, behind]) {
    sink.release();
    await expect.poll(sink.codes).toEqual(codes(1, 601));
  }
});

test("what is logged between reading and looking whether that was all is not overslept", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const after = await beginning(test);
  await setImmediate();
  const gate = test.holdBounds();
  const sink = listen(hub, feedOf("one"), after);
  await setImmediate();
  // It has read nothing, and is held up; meanwhile the hub reads on.
  await appendNumbered(test.log, 1, 1);
  await setImmediate();
  await setImmediate();
  gate.open();
  await expect.poll(sink.codes).toEqual(["1"]);
});

test("while the log is out of reach subscribers wait; those who leave are let go of", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const test = createTestLog();
  test.setReachable(false);
  const hub = openHub(test.log);
  const come = async (after: typeof START | null) => {
    const feeds = range(1, 200).map((number) => feedOf(`feed ${number}`));
    const refs = feeds.map((feed) => new WeakRef(feed));
    const sinks = feeds.splice(0).map((feed) => listen(hub, feed, after));
    await setImmediate();
    for (const sink of sinks.splice(0)) sink.end();
    return () => {
      collect();
      return refs.filter((ref) => ref.deref() !== undefined).length;
    };
  };
  const early = await come(null);
  const staying = listen(hub, feedOf("staying"));
  expect(hub.size()).toBe(1);
  await expect.poll(early).toBe(0);
  test.setReachable(true);
  test.nudge();
  await expect.poll(() => staying.marks.length).toBe(1);
  test.setReachable(false);
  const late = await come({ ...START, logId: "x" });
  await expect.poll(late).toBe(0);
  expect(hub.size()).toBe(1);
  const waiting = listen(hub, feedOf("waiting"), { ...START, logId: staying.place()?.logId ?? "" });
  await appendNumbered(test.log, 1, 2);
  await setImmediate();
  expect(staying.got).toEqual([]);
  test.setReachable(true);
  test.nudge();
  await expect.poll(staying.codes).toEqual(["1", "2"]);
  await expect.poll(waiting.codes).toEqual(["1", "2"]);
});

test("subscribers that cannot be served are told to come back, others are served", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const broken = ({ event }: Delivery) => {
    if (employeeCodeOf(event) === "2") throw new Error("This breaks the promise of a feed.");
  };
  const [bad, good] = [listen(hub, feedOf("bad", broken)), listen(hub, feedOf("good"))];
  const behind = listen(hub, feedOf("behind", broken), await beginning(test));
  await setImmediate();
  await appendNumbered(test.log, 1, 3);
  await expect.poll(good.codes).toEqual(codes(1, 3));
  await expect.poll(() => [bad.failed(), behind.failed(), good.failed()]).toEqual([true, true, false]);
  expect([bad.codes(), behind.codes()]).toEqual([["1"], ["1"]]);
  expect(hub.size()).toBe(1);
  expect(hub.faults).toHaveLength(2);
});

test("what a subscriber has by its snapshot comes to it neither live nor replayed, and to others as ever", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const feed = feedOf("same");
  const seen = [2, 4, 6].map((number) => dedupeTag(numbered(number).key));
  const { logId, latest: offset } = await test.log.bounds();
  const [knowing, plain] = [listen(hub, feed, { logId, offset: offset, deliveredTags: seen }), listen(hub, feed)];
  await setImmediate();
  await appendNumbered(test.log, 1, 3);
  await expect.poll(plain.codes).toEqual(codes(1, 3));
  await expect.poll(knowing.codes).toEqual(["1", "3"]);
  // Cut off between, it still knows what it has.
  const place = knowing.place();
  expect(place?.deliveredTags).toHaveLength(2);
  knowing.end();
  await appendNumbered(test.log, 4, 5);
  const again = listen(hub, feed, place);
  await expect.poll(again.codes).toEqual(["5"]);
  await appendNumbered(test.log, 6, 7);
  await expect.poll(again.codes).toEqual(["5", "7"]);
  expect(again.place()?.deliveredTags).toEqual([]);
  await expect.poll(plain.codes).toEqual(codes(1, 7));
});

import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { employeeCodeOf } from "../../../src/events/event.ts";
import type { Delivery } from "../../../src/events/hub/subscription-spec.ts";
import { dedupeTag } from "../../../src/events/hub/subscriber.ts";
import { appendNumbered, numbered, range } from "../../kit/events/numbered.ts";
import { createGate, createTestLog, specOf, subscribe, openHub } from "../../kit/events/sinks.ts";
import { loggedEvents } from "../../kit/events/logged.ts";

const codes = (from: number, to: number) => range(from, to).map(String);

const START = { logId: "", offset: "0-0", deliveredTags: [] };

/** A cursor before the first event of the present log. */
const beginning = async ({ log }: ReturnType<typeof createTestLog>) => ({
  ...START,
  logId: (await log.bounds()).logId,
});

test("identical subscriptions are executed once per event, live and while they catch up", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const rendered: (string | null)[] = [];
  const spec = () => specOf("same", ({ event }) => void rendered.push(employeeCodeOf(event)));
  await appendNumbered(test.log, 1, 500);
  const after = await beginning(test);
  const late = range(1, 20).map(() => subscribe(hub, spec(), after));
  await expect.poll(() => late.every(({ received }) => received.length === 500)).toBe(true);
  expect(rendered).toEqual(codes(1, 500));
  await appendNumbered(test.log, 501, 600);
  await expect.poll(() => late.every(({ received }) => received.length === 600)).toBe(true);
  expect(rendered).toEqual(codes(1, 600));
  for (const sink of late) {
    expect(sink.codes()).toEqual(codes(1, 600));
    expect(sink.received.at(-1)?.replayed).toBe(false);
  }
});

test("an event that is being executed when its subscriber leaves is not sent to it", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const gate = createGate();
  let started = 0;
  const spec = specOf("slow", () => {
    started += 1;
    return gate.opened;
  });
  const [gone, staying] = [subscribe(hub, spec), subscribe(hub, spec)];
  const catching = subscribe(
    hub,
    specOf("replayed", () => gate.opened),
    await beginning(test),
  );
  await appendNumbered(test.log, 1, 1);
  await expect.poll(() => started).toBe(1);
  gone.end();
  catching.end();
  gate.open();
  await expect.poll(() => staying.codes()).toEqual(["1"]);
  expect([gone.received, catching.received]).toEqual([[], []]);
});

test("subscribers whose events outrun their execution continue from the log, in order and without duplicates", async () => {
  const test = createTestLog();
  const hub = openHub(test.log, { maxWaiting: 3 });
  let gate = createGate();
  const spec = specOf("slow", () => gate.opened);
  const sinks = [subscribe(hub, spec), subscribe(hub, spec)];
  await setImmediate();
  await appendNumbered(test.log, 1, 10);
  await setImmediate();
  await setImmediate();
  await appendNumbered(test.log, 11, 12);
  expect(sinks.map(({ received }) => received.length)).toEqual([0, 0]);
  // Nothing was sent: they would resume from the beginning.
  for (const sink of sinks) expect(sink.decodedCursor()?.offset).toBe("0-0");
  gate.open();
  gate = createGate();
  gate.open();
  for (const sink of sinks) await expect.poll(sink.codes).toEqual(codes(1, 12));
  await appendNumbered(test.log, 13, 13);
  for (const sink of sinks) {
    await expect.poll(sink.codes).toEqual(codes(1, 13));
    expect(sink.received.at(-1)?.replayed).toBe(false);
  }
});

test("a subscriber without room is sent nothing until it has room, and its neighbors get everything at once", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const spec = specOf("same");
  const [slow, fast] = [subscribe(hub, spec), subscribe(hub, spec)];
  slow.block();
  await setImmediate();
  await appendNumbered(test.log, 1, 600);
  await expect.poll(fast.codes).toEqual(codes(1, 600));
  expect(slow.codes()).toEqual(["1"]);
  const first = (await loggedEvents(test.log, "0-0", 1))[0];
  expect(slow.decodedCursor()?.offset).toBe(first?.offset);
  const behind = subscribe(hub, spec, { logId: slow.decodedCursor()?.logId ?? "", offset: "0-0", deliveredTags: [] });
  behind.block();
  await expect.poll(behind.codes).toEqual(["1"]);
  await appendNumbered(test.log, 601, 601);
  await expect.poll(fast.codes).toEqual(codes(1, 601));
  expect([slow.codes(), behind.codes()]).toEqual([["1"], ["1"]]);
  for (const sink of [slow, behind]) {
    sink.unblock();
    await expect.poll(sink.codes).toEqual(codes(1, 601));
  }
});

test("an event that is appended between a read and the check for more is not missed", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const after = await beginning(test);
  await setImmediate();
  const gate = test.holdRead();
  const sink = subscribe(hub, specOf("one"), after);
  await setImmediate();
  // It has read nothing and is held up; meanwhile the hub reads the event.
  await appendNumbered(test.log, 1, 1);
  await setImmediate();
  await setImmediate();
  gate.open();
  await expect.poll(sink.codes).toEqual(["1"]);
});

test("while the log is out of reach subscribers wait, and those that leave are garbage-collected", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const test = createTestLog();
  test.setReachable(false);
  const hub = openHub(test.log);
  const subscribeAndLeave = async (after: typeof START | null) => {
    const specs = range(1, 200).map((number) => specOf(`subscription ${number}`));
    const refs = specs.map((spec) => new WeakRef(spec));
    const sinks = specs.splice(0).map((spec) => subscribe(hub, spec, after));
    await setImmediate();
    for (const sink of sinks.splice(0)) sink.end();
    return () => {
      collect();
      return refs.filter((ref) => ref.deref() !== undefined).length;
    };
  };
  const early = await subscribeAndLeave(null);
  const staying = subscribe(hub, specOf("staying"));
  expect(hub.size()).toBe(1);
  await expect.poll(early).toBe(0);
  test.setReachable(true);
  test.notify();
  await expect.poll(() => staying.checkpoints.length).toBe(1);
  test.setReachable(false);
  const late = await subscribeAndLeave({ ...START, logId: "x" });
  await expect.poll(late).toBe(0);
  expect(hub.size()).toBe(1);
  const waiting = subscribe(hub, specOf("waiting"), { ...START, logId: staying.decodedCursor()?.logId ?? "" });
  await appendNumbered(test.log, 1, 2);
  await setImmediate();
  expect(staying.received).toEqual([]);
  test.setReachable(true);
  test.notify();
  await expect.poll(staying.codes).toEqual(["1", "2"]);
  await expect.poll(waiting.codes).toEqual(["1", "2"]);
});

test("subscribers that cannot be served are closed, and others are served", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const broken = ({ event }: Delivery) => {
    if (employeeCodeOf(event) === "2") throw new Error("A subscription must not reject.");
  };
  const [bad, good] = [subscribe(hub, specOf("bad", broken)), subscribe(hub, specOf("good"))];
  const behind = subscribe(hub, specOf("behind", broken), await beginning(test));
  await setImmediate();
  await appendNumbered(test.log, 1, 3);
  await expect.poll(good.codes).toEqual(codes(1, 3));
  await expect.poll(() => [bad.failed(), behind.failed(), good.failed()]).toEqual([true, true, false]);
  expect([bad.codes(), behind.codes()]).toEqual([["1"], ["1"]]);
  expect(hub.size()).toBe(1);
  expect(hub.faults).toHaveLength(2);
});

test("events that a subscriber has from a snapshot are sent to others only, live and replayed", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const spec = specOf("same");
  const deliveredTags = [2, 4, 6].map((number) => dedupeTag(numbered(number).key));
  const { logId, latest: offset } = await test.log.bounds();
  const [knowing, plain] = [subscribe(hub, spec, { logId, offset, deliveredTags }), subscribe(hub, spec)];
  await setImmediate();
  await appendNumbered(test.log, 1, 3);
  await expect.poll(plain.codes).toEqual(codes(1, 3));
  await expect.poll(knowing.codes).toEqual(["1", "3"]);
  // After a break its cursor still contains what it has.
  const cursor = knowing.decodedCursor();
  expect(cursor?.deliveredTags).toHaveLength(2);
  knowing.end();
  await appendNumbered(test.log, 4, 5);
  const again = subscribe(hub, spec, cursor);
  await expect.poll(again.codes).toEqual(["5"]);
  await appendNumbered(test.log, 6, 7);
  await expect.poll(again.codes).toEqual(["5", "7"]);
  expect(again.decodedCursor()?.deliveredTags).toEqual([]);
  await expect.poll(plain.codes).toEqual(codes(1, 7));
});

test("events that are appended together are executed in one run: live up to 64, from the history by pages of 100", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const [live, replayed] = [specOf("live"), specOf("replayed")].map((spec) => {
    const sizes: number[] = [];
    return {
      spec: { ...spec, render: (all: readonly Delivery[]) => (sizes.push(all.length), spec.render(all)) },
      sizes,
    };
  });
  const sink = subscribe(hub, live?.spec ?? specOf(""));
  await setImmediate();
  await appendNumbered(test.log, 1, 150);
  await expect.poll(sink.codes).toEqual(codes(1, 150));
  expect(live?.sizes).toEqual([64, 64, 22]);
  const late = subscribe(hub, replayed?.spec ?? specOf(""), await beginning(test));
  await expect.poll(late.codes).toEqual(codes(1, 150));
  expect(replayed?.sizes).toEqual([100, 50]);
});

test("a client without room for all of a batch takes a part, and the rest from the log", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const spec = specOf("same");
  const after = await beginning(test);
  const [slow, fast] = [subscribe(hub, spec), subscribe(hub, spec)];
  await setImmediate();
  for (const [from, to, room] of [
    [1, 10, 3],
    [11, 20, 10],
    [21, 30, 1],
  ] as const) {
    slow.block(room);
    await appendNumbered(test.log, from, to);
    await expect.poll(fast.codes).toEqual(codes(1, to));
    expect(slow.codes()).toEqual(codes(1, from + room - 1));
    slow.unblock();
    await expect.poll(slow.codes).toEqual(codes(1, to));
  }
  const late = subscribe(hub, spec, after);
  late.block(7);
  await expect.poll(late.codes).toEqual(codes(1, 7));
  late.unblock();
  await expect.poll(late.codes).toEqual(codes(1, 30));
});

test("a client whose room is taken by another subscription of its connection continues as soon as it has room", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  await appendNumbered(test.log, 1, 5);
  const { latest } = await test.log.bounds();
  // The reader has nothing more to read: the next read is seconds away.
  await expect.poll(hub.offset).toBe(latest);
  await setImmediate();
  const received: number[] = [];
  let room = false;
  hub.subscribe(specOf("one"), await beginning(test), {
    send({ events }) {
      if (!room) {
        // It had room when it was asked, and has room again before the next event.
        room = true;
        return 0;
      }
      received.push(events.length);
      return events.length;
    },
    drained: () => Promise.resolve(true),
    checkpoint: () => {},
    complete: () => {},
    fail: () => {},
  });
  await expect.poll(() => received).toEqual([5]);
});

test("an event that cannot be executed costs no event before it, and nothing of other subscriptions", async () => {
  const test = createTestLog();
  const hub = openHub(test.log);
  const broken = ({ event }: Delivery) => {
    if (employeeCodeOf(event) === "6") throw new Error("A subscription must not reject.");
  };
  const sinks = range(1, 3).map(() => subscribe(hub, specOf("bad", broken)));
  const good = subscribe(hub, specOf("good"));
  await setImmediate();
  await appendNumbered(test.log, 1, 10);
  await expect.poll(good.codes).toEqual(codes(1, 10));
  await expect.poll(() => sinks.map(({ failed }) => failed())).toEqual([true, true, true]);
  for (const sink of sinks) expect(sink.codes()).toEqual(codes(1, 5));
});

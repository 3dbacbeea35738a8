import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { Ledger } from "./ledger.ts";
import { ReaderRecord } from "./record.ts";
import { judgeReader, type Loss } from "./verdict.ts";

const DEVICES = ["A", "B"] as const;

interface Step {
  readonly device?: (typeof DEVICES)[number];
  readonly number: number;
  readonly gap?: boolean;
  readonly previous?: string;
}

/** What a reader of two devices with ten acknowledged events each is found to have received. */
const verdictOf = (steps: readonly Step[], losses: readonly Loss[] = [], sentTwice: readonly number[] = []) => {
  const ledger = new Ledger(DEVICES);
  for (const device of ledger.devices) {
    ledger.attempt(device, 1, 10);
    for (const number of sentTwice) ledger.attempt(device, number, number);
  }
  for (const device of ledger.devices) ledger.acknowledge(device, 1, 10);
  const record = new ReaderRecord("reader", ledger);
  for (const { device = "A", number, gap = false, previous = null } of steps)
    record.receive({ serial: device, number, gap, cursor: `${device}${number}`, previousCursor: previous });
  record.end();
  return judgeReader(record, { ledger, losses, needsReasons: true });
};

const some = (device: (typeof DEVICES)[number], ...numbers: readonly number[]): readonly Step[] =>
  numbers.map((number) => ({ device, number }));
const EVERYTHING = [...some("A", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), ...some("B", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)];
const KEPT = { lost: 0, missing: 0, doubled: 0, again: 0, outOfOrder: 0, wrong: 0, gapsDue: 0, gapsWithoutReason: 0 };
const lossNow = (reachMs: number | null): Loss => ({
  from: performance.now() - 1,
  until: performance.now() + 1_000,
  reachMs,
});

test("a reader that has everything once and in order keeps every promise", () => {
  expect(verdictOf(EVERYTHING)).toMatchObject({ ...KEPT, received: 20 });
});

test("what is missing without a gap is lost, in the middle and at the end", () => {
  const steps = [...some("A", 1, 2, 5, 6, 7, 8), ...some("B", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)];
  expect(verdictOf(steps)).toMatchObject({ lost: 4, missing: 0, gapsDue: 2 });
});

test("a gap stands for what is missing directly before it, and not for what is missing elsewhere", () => {
  const others = some("B", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  const steps = [...some("A", 1, 2), { number: 5, gap: true }, ...some("A", 6, 9, 10), ...others];
  expect(verdictOf(steps)).toMatchObject({ lost: 2, missing: 2, gapsReported: 1, gapsDue: 2, gapsWithoutReason: 0 });
});

test("a gap does not stand for what was sent after the event that follows it was acknowledged", async () => {
  const ledger = new Ledger(DEVICES);
  const [a, b] = ledger.devices;
  if (a === undefined || b === undefined) throw new Error("There must be two devices.");
  for (const device of [a, b]) ledger.attempt(device, 1, 2);
  for (const device of [a, b]) ledger.acknowledge(device, 1, 2);
  await setTimeout(2);
  ledger.attempt(b, 3, 3);
  ledger.acknowledge(b, 3, 3);
  await setTimeout(2);
  const record = new ReaderRecord("reader", ledger);
  record.receive({ serial: "A", number: 2, gap: true, cursor: "A2", previousCursor: null });
  record.end();
  expect(judgeReader(record, { ledger, losses: [], needsReasons: true })).toMatchObject({ missing: 3, lost: 1 });
});

test("one gap is due for what is missing of several devices at one place", () => {
  const steps = [
    ...some("A", 1, 2),
    ...some("B", 1, 2),
    { number: 5, gap: true },
    { device: "B" as const, number: 5 },
    ...some("A", 6, 7, 8, 9, 10),
    ...some("B", 6, 7, 8, 9, 10),
  ];
  expect(verdictOf(steps)).toMatchObject({ lost: 0, missing: 4, gapsReported: 1, gapsDue: 1 });
});

test("a gap without a loss needs a reason before it", () => {
  const steps = [{ number: 1 }, { number: 2, gap: true }, ...EVERYTHING.slice(2)];
  expect(verdictOf(steps)).toMatchObject({ gapsReported: 1, gapsDue: 0, gapsWithoutReason: 1 });
  expect(verdictOf(steps, [lossNow(null)])).toMatchObject({ gapsReported: 1, gapsWithoutReason: 0 });
});

test("behind the gap of a new epoch events may be missing further on, if Redis may have lost them", () => {
  const steps = [{ number: 1, gap: true }, ...some("A", 2, 3, 6, 7, 8, 9, 10), ...EVERYTHING.slice(10)];
  expect(verdictOf(steps)).toMatchObject({ lost: 2, missing: 0 });
  expect(verdictOf(steps, [lossNow(null)])).toMatchObject({ lost: 2, missing: 0 });
  expect(verdictOf(steps, [lossNow(1_000)])).toMatchObject({ lost: 0, missing: 2 });
});

test("an event that comes again is doubled, unless it was sent again because Redis lost it, or a gap is between", () => {
  const steps = [...EVERYTHING, { number: 4 }];
  expect(verdictOf(steps)).toMatchObject({ doubled: 1, again: 0 });
  expect(verdictOf(steps, [], [4])).toMatchObject({ doubled: 1, again: 0 });
  expect(verdictOf(steps, [lossNow(1_000)], [4])).toMatchObject({ doubled: 0, again: 1 });
  expect(verdictOf([...EVERYTHING, { number: 4, gap: true }])).toMatchObject({ doubled: 0, again: 1 });
});

test("an older event that was missing before is out of order", () => {
  const steps = [...some("A", 1, 3, 2, 4, 5, 6, 7, 8, 9, 10), ...EVERYTHING.slice(10)];
  expect(verdictOf(steps)).toMatchObject({ outOfOrder: 1, lost: 0, doubled: 0 });
});

test("a previous cursor that the reader does not have, and an event that nobody sent, are wrong", () => {
  const linked = [{ number: 1 }, { number: 2, previous: "A1" }, ...EVERYTHING.slice(2)];
  expect(verdictOf(linked)).toMatchObject({ wrong: 0 });
  expect(verdictOf([{ number: 1 }, { number: 2, previous: "A7" }, ...EVERYTHING.slice(2)])).toMatchObject({ wrong: 1 });
  expect(verdictOf([...EVERYTHING, { number: 11 }])).toMatchObject({ wrong: 1, received: 20 });
});

test("what the filter of a reader does not select is not missing", () => {
  const ledger = new Ledger(DEVICES);
  for (const device of ledger.devices) {
    ledger.attempt(device, 1, 10);
    ledger.acknowledge(device, 1, 10);
  }
  const record = new ReaderRecord("reader", ledger, (device, number) => device === 1 && number % 2 === 0);
  for (const number of [2, 4, 8, 10])
    record.receive({ serial: "B", number, gap: false, cursor: String(number), previousCursor: null });
  record.end();
  expect(judgeReader(record, { ledger, losses: [], needsReasons: true })).toMatchObject({ lost: 1, received: 4 });
});

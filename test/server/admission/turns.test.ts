import { setImmediate, setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { FairQueue, FairQueues } from "../../../src/server/admission/fair-queue.ts";
import { Slots } from "../../../src/server/admission/slots.ts";
import { Turns } from "../../../src/server/admission/turns.ts";

test("callers begin in turn, whoever sent more, and each in its own order", async () => {
  const turns = new Turns();
  const begun: string[] = [];
  const enter = async (key: string, label: string) => {
    await turns.enter(key);
    begun.push(label);
  };
  const flood = Array.from({ length: 1_000 }, (_, index) => enter("a", `a${index}`));
  const others = ["b", "c"].flatMap((key) => [1, 2].map((index) => enter(key, `${key}${index}`)));
  await Promise.all([...flood, ...others]);
  // At most 32 begin in a turn; those of the first turn came before the others.
  const index = (label: string) => begun.indexOf(label);
  expect(index("b1")).toBeLessThan(36);
  expect(index("c2") - index("b1")).toBeLessThan(6);
  expect(begun.filter((label) => label.startsWith("a"))).toEqual(Array.from({ length: 1_000 }, (_, at) => `a${at}`));
  expect(index("b1")).toBeLessThan(index("b2"));
});

test("what is never queued runs between the turns of a flood", async () => {
  const turns = new Turns();
  const begun: number[] = [];
  const flood = Array.from({ length: 500 }, async (_, index) => {
    await turns.enter("a");
    begun.push(index);
  });
  const seen: number[] = [];
  while (begun.length < 500) {
    seen.push(begun.length);
    await setImmediate();
  }
  await Promise.all(flood);
  expect(Math.max(...seen.map((count, index) => count - (seen[index - 1] ?? 0)))).toBeLessThanOrEqual(64);
  expect(seen.length).toBeGreaterThan(10);
});

test("one caller gets half of the slots, the next one half of the rest, and what waits goes on in turn", async () => {
  const slots = new Slots(8);
  const begun: string[] = [];
  const start = (key: string) =>
    Promise.resolve(slots.acquire(key)).then((release) => {
      begun.push(key);
      return release;
    });
  const ada = Array.from({ length: 6 }, () => start("a"));
  const bob = Array.from({ length: 4 }, () => start("b"));
  await setImmediate();
  expect(begun.filter((key) => key === "a")).toHaveLength(4);
  expect(begun.filter((key) => key === "b")).toHaveLength(2);
  void start("c");
  await setImmediate();
  expect(begun).toContain("c");
  for (const each of [...ada.slice(0, 4), ...bob.slice(0, 2)]) (await each)();
  await setImmediate();
  expect(begun).toHaveLength(11);
});

test("a slot is released once, by its query or because it was held for too long", async () => {
  const slots = new Slots(2, 50);
  const first = await slots.acquire("a");
  const second = await slots.acquire("b");
  // Nobody waits: both stay as they are.
  await delay(80);
  const third = await slots.acquire("c");
  const fourth = await slots.acquire("d");
  for (const release of [first, second, first]) release();
  const begun: string[] = [];
  for (const key of ["e", "f"]) void Promise.resolve(slots.acquire(key)).then(() => begun.push(key));
  await setImmediate();
  expect(begun).toEqual([]);
  for (const release of [third, third]) release();
  await setImmediate();
  expect(begun).toEqual(["e"]);
  fourth();
  await setImmediate();
  expect(begun).toEqual(["e", "f"]);
});

/** Begins so many requests of one caller; returns how many began at once and in each turn of the event loop. */
const beginnings = async (turns: Turns, count: number, onBegin = () => {}): Promise<readonly number[]> => {
  const begun: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begin = () => {
      begun.push(index);
      onBegin();
    };
    const waiting = turns.enter("a");
    if (waiting === undefined) begin();
    else void waiting.then(begin);
  }
  const counts = [begun.length];
  while (begun.length < count) {
    const before = begun.length;
    await setImmediate();
    counts.push(begun.length - before);
  }
  // The turn after the last one that had something to begin.
  await setImmediate();
  return counts;
};

/** The processor time of this process, in microseconds, as a test sets it. */
const useProcessor = () => {
  const used = { user: 1_000, system: 5_000 };
  const spy = vi.spyOn(process, "cpuUsage").mockImplementation(() => ({ ...used }));
  onTestFinished(() => spy.mockRestore());
  return used;
};

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("four begin in the first turn, and one more in each turn after a full one, up to 32", async () => {
  useProcessor();
  const turns = new Turns();
  const full = numbers(4, 32);
  const sum = full.reduce((total, count) => total + count);
  expect(await beginnings(turns, sum + 32 + 7)).toEqual([...full, 32, 7]);
  expect(process.getActiveResourcesInfo()).not.toContain("Immediate");
});

test("after a turn that took more than eight milliseconds of the processor half as many begin, and at least one", async () => {
  const used = useProcessor();
  let cost = 0;
  const turns = new Turns();
  const counts = await beginnings(turns, 23, () => {
    // What the first turns began costs just what a turn may take, and all after them too much.
    cost += 1;
    if (cost === 5) used.user += 8_000;
    else if (cost === 10) used.system += 8_001;
    else if (cost > 15) used.user += 8_001;
  });
  expect(counts.slice(0, 4)).toEqual([4, 5, 6, 3]);
  expect(counts.slice(4)).toEqual([1, 1, 1, 1, 1]);
});

test("a turn that was not full changes nothing, whatever it took", async () => {
  const used = useProcessor();
  const turns = new Turns();
  for (let round = 0; round < 3; round += 1) {
    expect(await beginnings(turns, 3, () => void (used.user += 100_000))).toEqual([3]);
    await setImmediate();
  }
  expect(await beginnings(turns, 5)).toEqual([4, 1]);
});

test("senders of one caller have their turn one after the other, and together one among callers", () => {
  const queues = new FairQueues<string>();
  expect([queues.isEmpty, queues.next()]).toEqual([true, undefined]);
  for (const [caller, sender, item] of [
    ["a", "1", "a1"],
    ["a", "1", "a1 again"],
    ["a", "2", "a2"],
    ["b", "1", "b1"],
    ["b", "1", "b1 again"],
  ] as const)
    queues.add(caller, sender, item);
  expect(queues.isEmpty).toBe(false);
  const order = Array.from({ length: 6 }, () => queues.next());
  expect(order).toEqual(["a1", "b1", "a2", "b1 again", "a1 again", undefined]);
  expect(queues.isEmpty).toBe(true);
});

test("a caller that may not have a turn is passed, and keeps its place", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "a2", "b1", "c1"]) queue.add(item.slice(0, 1), item);
  const next = (...mayHave: readonly string[]) => queue.next((key) => mayHave.includes(key));
  expect(next()).toBeUndefined();
  expect([next("b", "c"), next("a", "c"), next("a", "c"), next("a"), next("a")]).toEqual([
    "b1",
    "a1",
    "c1",
    "a2",
    undefined,
  ]);
  expect(queue.isEmpty).toBe(true);
});

test("a caller whose query has ended may have as many slots as before", () => {
  const slots = new Slots(4);
  const isTaken = (slot: ReturnType<Slots["acquire"]>) => typeof slot === "function";
  const [first, second] = [slots.acquire("a"), slots.acquire("a")];
  expect([first, second].map(isTaken)).toEqual([true, true]);
  if (typeof first === "function") first();
  expect([slots.acquire("a"), slots.acquire("a")].map(isTaken)).toEqual([true, false]);
  expect([slots.acquire("b"), slots.acquire("b"), slots.acquire("c")].map(isTaken)).toEqual([true, false, true]);
});

test("while a query waits, the slot that was taken first is given to it as soon as it was held for its time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const slots = new Slots(2, 100);
  const begun: string[] = [];
  const wait = async (key: string) => {
    await slots.acquire(key);
    begun.push(key);
  };
  const passTo = (ms: number) => vi.advanceTimersByTimeAsync(ms - performance.now());
  const start = performance.now();
  void slots.acquire("a");
  await passTo(start + 40);
  void slots.acquire("b");
  await passTo(start + 50);
  void wait("c");
  await passTo(start + 99);
  expect(begun).toEqual([]);
  await passTo(start + 100);
  expect(begun).toEqual(["c"]);
  // Nobody waits: what is held longer stays.
  await passTo(start + 160);
  const late = slots.acquire("d");
  expect(late).toBeInstanceOf(Promise);
  await passTo(start + 161);
  expect(typeof (await late)).toBe("function");
  // Those that wait get one slot after the other, each at its time.
  void wait("e");
  void wait("f");
  await passTo(start + 199);
  expect(begun).toEqual(["c"]);
  await passTo(start + 200);
  expect(begun).toEqual(["c", "e"]);
  await passTo(start + 259);
  expect(begun).toEqual(["c", "e"]);
  await passTo(start + 261);
  expect(begun).toEqual(["c", "e", "f"]);
});

test("while queries wait there is one timer, which ends when the oldest slot was held for a quarter of a second", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const timers = vi.spyOn(globalThis, "setTimeout");
  onTestFinished(() => timers.mockRestore());
  const slots = new Slots(1);
  void slots.acquire("a");
  const begun: string[] = [];
  for (const key of ["b", "c"]) void Promise.resolve(slots.acquire(key)).then(() => begun.push(key));
  await vi.advanceTimersByTimeAsync(249);
  expect(begun).toEqual([]);
  expect(timers).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toEqual(["b"]);
  expect(timers).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(250);
  expect(begun).toEqual(["b", "c"]);
  expect(vi.getTimerCount()).toBe(0);
});

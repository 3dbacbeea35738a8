import { setImmediate, setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
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

import { expect, test } from "vitest";
import { createAnswerStore } from "../../src/cache/answer-store.ts";
import { createRandom } from "../../src/sandbox/random.ts";

const KIB = 1024;

test("the store stays within its bytes, drops what was used longest ago, and takes no answer beyond an eighth of it", () => {
  const store = createAnswerStore({ maxBytes: 64 * KIB, maxAgeMs: 1_000, now: () => 0 });
  const put = (key: string, bytes: number) => {
    const fill = store.beginFill(key);
    fill.keep({ value: { key } }, [`tag ${key}`], bytes);
    fill.end();
  };
  put("large", 9 * KIB);
  expect(store.size()).toBe(0);
  for (let count = 0; count < 1_000; count += 1) {
    put(`key ${count}`, 4 * KIB);
    expect(store.bytes()).toBeLessThanOrEqual(64 * KIB);
    expect(store.get("key 0")).toBeDefined();
  }
  expect(store.size()).toBeGreaterThan(10);
  expect(store.get("key 1")).toBeUndefined();
  expect(store.get("key 999")).toBeDefined();
  store.clear();
  expect(store.bytes()).toBe(0);
});

test("an answer is kept for its age, counted from the beginning of its read", () => {
  let now = 0;
  const store = createAnswerStore({ maxBytes: 64 * KIB, maxAgeMs: 1_000, now: () => now });
  const fill = store.beginFill("key");
  now = 600;
  fill.keep({ value: {} }, [], 1);
  now = 999;
  expect(store.get("key")).toBeDefined();
  now = 1_000;
  expect(store.get("key")).toBeUndefined();
});

test("what is held is dropped, and kept again only by a read that begins after the hold", () => {
  let now = 0;
  const store = createAnswerStore({ maxBytes: 64 * KIB, maxAgeMs: 1_000, now: () => now });
  const read = () => {
    const fill = store.beginFill("key");
    return () => {
      fill.keep({ value: {} }, ["tag"], 1);
      fill.end();
      return store.get("key") !== undefined;
    };
  };
  expect(read()()).toBe(true);
  store.hold(["tag"], 100);
  expect(store.get("key")).toBeUndefined();
  store.clear();
  now = 99;
  const late = read();
  now = 100;
  store.hold(["another tag"], 100);
  expect(late()).toBe(false);
  expect(read()()).toBe(true);
});

test("no answer is older than the last change of what it depends on: 20,000 reads and changes, interleaved by a seed", () => {
  const random = createRandom(20_260_621, "answer store");
  const below = (limit: number) => Math.floor(random() * limit);
  let step = 0;
  const store = createAnswerStore({ maxBytes: 1024 * KIB, maxAgeMs: 1_000_000, now: () => step });
  const versions = Array.from({ length: 8 }, () => 0);
  const inFlight: { readonly key: number; readonly seen: number; readonly fill: ReturnType<typeof store.beginFill> }[] =
    [];
  /** Changes that nobody reports, by their steps: writes of unknown outcome. */
  const late = new Map<number, number>();
  let hits = 0;
  for (; step < 20_000; step += 1) {
    const changed = late.get(step);
    if (changed !== undefined) versions[changed] = (versions[changed] ?? 0) + 1;
    const key = below(versions.length);
    const known = store.get(String(key));
    if (known !== undefined) {
      hits += 1;
      expect(known.answer).toEqual({ value: { version: versions[key] } });
    }
    const choice = random();
    if (choice < 0.5) inFlight.push({ key, seen: versions[key] ?? 0, fill: store.beginFill(String(key)) });
    else if (choice < 0.89) {
      const [read] = inFlight.splice(below(inFlight.length), 1);
      read?.fill.keep({ value: { version: read.seen } }, [`tag ${read.key}`], 10);
      read?.fill.end();
    } else if (choice < 0.9) {
      store.hold([`tag ${key}`], 30);
      const due = step + 1 + below(29);
      if (!late.has(due)) late.set(due, key);
    } else {
      // The gateway changes first; the change is known here afterwards, and nobody reads between the two.
      versions[key] = (versions[key] ?? 0) + 1;
      if (random() < 0.1) store.clear();
      else store.drop([`tag ${key}`]);
    }
  }
  expect(hits).toBeGreaterThan(1_000);
});

import { setImmediate, setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { AppOptions } from "../../../src/app/app.ts";
import { between, createRandom } from "../../../src/sandbox/random.ts";
import { appendNumbered, range } from "../../kit/events/numbered.ts";
import { withRedis } from "../../kit/with-redis.ts";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { type Item, numbersOf, READERS, type Reader } from "../../kit/portico/reader.ts";
import { served } from "../../kit/portico/socket.ts";

const SUBSCRIBERS = 50;
const CUTS = 20;
/** How far events run ahead of the slowest subscriber, which is sent all of them again whenever it comes back. */
const MAX_AHEAD = 200;

/** A subscriber that is cut off repeatedly and resumes from its last cursor. */
interface Follower {
  readonly cuts: () => number;
  /** The number of the last event that it received. */
  readonly reached: () => number;
  /** Everything that it received, up to the last event. */
  readonly items: Promise<readonly Item[]>;
}

const follow = (open: (after: string | undefined) => Reader, random: () => number, last: () => number | null) => {
  let cuts = 0;
  let reached = () => 0;
  const isOver = (items: readonly Item[]) => items.length > 0 && items.at(-1)?.number === last();
  const run = async (): Promise<readonly Item[]> => {
    const items: Item[] = [];
    let after: string | undefined;
    while (!isOver(items)) {
      const reader = open(after);
      reached = () => (reader.items.at(-1) ?? items.at(-1))?.number ?? 0;
      // The first one has to receive its first cursor; later ones are cut off at any moment, even while they connect.
      const turns = cuts === 0 ? 0 : between(random, 0, 20);
      const most = between(random, 0, 20);
      for (let turn = 0; turn < turns; turn += 1) await setImmediate();
      const isEnough = () => (cuts < CUTS && reader.items.length >= most) || isOver(reader.items);
      const mayBeCut = () => (cuts > 0 || reader.cursor() !== undefined) && isEnough();
      while (!mayBeCut()) await setTimeout(1);
      reader.cut();
      items.push(...reader.items);
      after = reader.cursor() ?? after;
      cuts += 1;
      if (random() < 0.3) await setTimeout(between(random, 0, 30));
    }
    return items;
  };
  return { cuts: () => cuts, reached: () => reached(), items: run() };
};

/** Cuts subscribers off, a thousand times in total, while events are appended. */
const cutThemAll = async (
  portico: TestApp,
  read: (typeof READERS)[number][1],
  batch: (random: () => number) => number,
) => {
  let last = 0;
  let end: number | null = null;
  const followers = range(1, SUBSCRIBERS).map(
    (number): Follower =>
      follow(
        (after) => read(portico, { after }),
        createRandom(number),
        () => end,
      ),
  );
  const random = createRandom("events");
  await served(portico, SUBSCRIBERS);
  while (followers.some(({ cuts }) => cuts() < CUTS)) {
    const size = last - Math.min(...followers.map(({ reached }) => reached())) < MAX_AHEAD ? batch(random) : 0;
    await appendNumbered(portico.log, last + 1, last + size);
    last += size;
    await setTimeout(4);
  }
  await appendNumbered(portico.log, last + 1, last + 1);
  end = last + 1;
  const all = await Promise.all(followers.map(({ items }) => items));
  const cuts = followers.reduce((sum, each) => sum + each.cuts(), 0);
  return { all, cuts, end };
};

const ON = READERS.flatMap(([name, read]) => ["memory", "Redis"].map((store) => [name, store, read] as const));

const startOn = async (store: string, options: AppOptions = {}) => {
  if (store === "memory") return startPortico({}, {}, options);
  const redis = await withRedis();
  return startPortico({}, { REDIS_URL: redis.url }, options);
};

test.for(ON)(
  "1,000 cuts of subscribers by %s on a log in %s: everything arrives, in order, without duplicates",
  { timeout: 60_000 },
  async ([, store, read]) => {
    const portico = await startOn(store);
    const { all, cuts, end } = await cutThemAll(portico, read, () => 3);
    expect(cuts).toBeGreaterThanOrEqual(SUBSCRIBERS * CUTS);
    for (const items of all) {
      expect(items.map(({ number }) => number)).toEqual(range(1, end));
      expect(items.filter(({ gap }) => gap)).toEqual([]);
    }
    await served(portico, 0);
  },
);

test.for(ON)(
  "1,000 cuts of subscribers by %s on a log in %s that drops events: every loss is reported as a gap",
  { timeout: 60_000 },
  async ([, store, read]) => {
    const portico = await startOn(store, { maxEvents: 40 });
    const bursts = (random: () => number) => (random() < 0.05 ? 60 : between(random, 1, 5));
    const { all, cuts, end } = await cutThemAll(portico, read, bursts);
    expect(cuts).toBeGreaterThanOrEqual(SUBSCRIBERS * CUTS);
    let lost = 0;
    for (const items of all) {
      expect(items.at(-1)?.number).toBe(end);
      for (const [index, { number, gap }] of items.entries()) {
        const before = items[index - 1]?.number ?? 0;
        expect(number).toBeGreaterThan(before);
        if (number > before + 1) {
          lost += 1;
          expect(gap, `${before} to ${number}`).toBe(true);
        }
      }
    }
    expect(lost).toBeGreaterThan(100);
    await served(portico, 0);
  },
);

test.for(READERS)(
  "a quiet subscriber by %s gets fresh cursors, and resumes from there without a loss",
  async ([, read]) => {
    const portico = await startPortico({}, {}, { maxEvents: 20, hub: { progressMs: 30 } });
    const filter = `, employeeCodes: ["7", "1000"]`;
    const quiet = read(portico, { filter });
    await served(portico, 1);
    await expect.poll(() => quiet.checkpoints.length).toBe(1);
    for (let number = 100; number < 200; number += 10) {
      const before = quiet.checkpoints.length;
      await appendNumbered(portico.log, number, number + 9);
      await expect.poll(() => quiet.checkpoints.length).toBeGreaterThan(before);
    }
    quiet.cut();
    await served(portico, 0);
    await appendNumbered(portico.log, 7, 7);
    await appendNumbered(portico.log, 200, 210);
    // By now the log has dropped everything that it had when the subscriber came.
    const again = read(portico, { filter, after: quiet.cursor() });
    await expect.poll(() => numbersOf(again)).toEqual([7]);
    await appendNumbered(portico.log, 1_000, 1_000);
    await expect.poll(() => numbersOf(again)).toEqual([7, 1_000]);
    expect(again.items.some(({ gap }) => gap)).toBe(false);
    expect(quiet.items).toEqual([]);
  },
);

test.for(READERS)("a subscriber by %s that is cut off before its first event misses nothing", async ([, read]) => {
  const portico = await startPortico();
  const first = read(portico);
  await expect.poll(first.cursor).toBeDefined();
  first.cut();
  await served(portico, 0);
  await appendNumbered(portico.log, 1, 3);
  const again = read(portico, { after: first.cursor() });
  await expect.poll(() => numbersOf(again)).toEqual([1, 2, 3]);
});

import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { decodeCursor } from "../../../src/events/cursor.ts";
import { employeeCodeOf, gapEntry, type LoggedEvent, type NewEvent } from "../../../src/events/event.ts";
import { ReplayCache, type ReplayedEvent } from "../../../src/events/hub/replay-cache.ts";
import { prefixOf, renderEach } from "../../../src/events/hub/subscriber.ts";
import {
  batchOf,
  countWithin,
  type Delivery,
  type EventFilter,
  matchesFilter,
} from "../../../src/events/hub/subscription-spec.ts";
import { numbered, range } from "../../kit/events/numbered.ts";
import { DEVICES, punchAt } from "../../kit/events/samples.ts";
import { EVERYTHING } from "../../kit/events/sinks.ts";

const logged = (event: NewEvent, number: number): LoggedEvent => ({ ...event, offset: `${number}-0` });
const replayed = (...numbers: readonly number[]): readonly ReplayedEvent[] =>
  numbers.map((number) => ({ event: logged(numbered(number), number), previousCursor: `before ${number}` }));
const codeOf = ({ event }: Delivery) => Number(employeeCodeOf(event));

/** A cache, and the codes of the events that were executed, by run. */
const openCache = (json = (code: number) => Buffer.from(String(code)), failing?: number) => {
  const runs: number[][] = [];
  const deliveries: Delivery[] = [];
  const cache = new ReplayCache({
    key: "spec",
    filter: EVERYTHING,
    async render(all) {
      runs.push(all.map(codeOf));
      deliveries.push(...all);
      if (all.some((each) => codeOf(each) === failing)) throw new Error("cannot be executed");
      return all.map((each) => json(codeOf(each)));
    },
  });
  const render = async (...numbers: readonly number[]) => {
    const { events, fault } = await cache.render(replayed(...numbers), "log", true);
    expect(fault).toBeNull();
    return events.map((each) => each.json.toString());
  };
  return { cache, runs, deliveries, render };
};

test("an event is executed once for all that replay it, and what is not kept is executed in one run", async () => {
  const { render, runs, deliveries } = openCache();
  expect(await render(2, 4)).toEqual(["2", "4"]);
  expect(await render(1, 2, 3, 4, 5)).toEqual(["1", "2", "3", "4", "5"]);
  expect(await render(4, 3)).toEqual(["4", "3"]);
  expect(runs).toEqual([
    [2, 4],
    [1, 3, 5],
  ]);
  expect(deliveries.map(({ previousCursor }) => previousCursor)).toEqual(
    [2, 4, 1, 3, 5].map((code) => `before ${code}`),
  );
  for (const { event, cursor, replayed: isReplayed, gap } of deliveries) {
    expect(decodeCursor(cursor)).toMatchObject({ logId: "log", offset: event.offset, deliveredTags: [] });
    expect([isReplayed, gap]).toEqual([true, false]);
  }
});

test("what nobody shares is not kept, events of another log are others, and what is cleared is executed again", async () => {
  const { cache, render, runs } = openCache();
  for (let time = 0; time < 2; time += 1) await cache.render(replayed(1), "log", false);
  await cache.render(replayed(1), "other", true);
  expect(runs).toEqual([[1], [1], [1]]);
  await render(1);
  await render(1);
  cache.clear();
  await render(1);
  expect(runs).toHaveLength(5);
});

test("the 256 events that were executed last are kept", async () => {
  const { render, runs } = openCache();
  await render(...range(1, 256));
  await render(...range(1, 256));
  expect(runs).toHaveLength(1);
  await render(257);
  await render(...range(2, 257));
  expect(runs.slice(1)).toEqual([[257]]);
  await render(1);
  expect(runs.slice(1)).toEqual([[257], [1]]);
});

test("half a mebibyte of executed events is kept, the newest of them, and what is cleared takes no room", async () => {
  const { cache, render, runs } = openCache(() => Buffer.alloc(64 * 1024));
  for (let time = 0; time < 3; time += 1) {
    await render(...range(1, 8));
    await render(...range(1, 8));
    expect(runs.splice(0)).toEqual([range(1, 8)]);
    cache.clear();
  }
  await render(...range(1, 10));
  await render(3, 4, 5, 6, 7, 8, 9, 10);
  expect(runs.splice(0)).toEqual([range(1, 10)]);
  await render(1, 2);
  expect(runs.splice(0)).toEqual([[1, 2]]);
  await render(5, 6, 7, 8, 9, 10);
  expect(runs).toEqual([]);
});

test("an event whose execution ends after it was cleared takes no room", async () => {
  const { cache, render, runs } = openCache(() => Buffer.alloc(64 * 1024));
  for (let time = 0; time < 3; time += 1) {
    const late = cache.render(replayed(...range(11, 18)), "log", true);
    cache.clear();
    await late;
  }
  runs.splice(0);
  await render(...range(1, 8));
  await render(...range(1, 8));
  expect(runs).toEqual([range(1, 8)]);
});

test("events that are still executed count among the 256", async () => {
  const { cache, runs } = openCache();
  const pending = cache.render(replayed(...range(1, 257)), "log", true);
  await cache.render(replayed(1, 257), "log", true);
  await pending;
  expect(runs).toEqual([range(1, 257), [1]]);
});

test("the room of an event is free when it is cleared or dropped, also if it is kept once more", async () => {
  const cleared = openCache(() => Buffer.alloc(64 * 1024));
  await cleared.render(...range(1, 8));
  cleared.cache.clear();
  await cleared.render(...range(1, 264));
  await cleared.render(...range(249, 264));
  expect(cleared.runs.at(-1)).toEqual(range(249, 256));
  const dropped = openCache(() => Buffer.alloc(64 * 1024));
  await dropped.render(...range(1, 8));
  await dropped.render(9);
  await dropped.render(1, ...range(301, 556));
  await dropped.render(...range(548, 556));
  expect(dropped.runs.at(-1)).toEqual([548]);
});

test("events of one run that cannot be executed are heard of by those who wait, and by nobody else", async () => {
  const unheard: unknown[] = [];
  const note = (error: unknown) => unheard.push(error);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  const spec = { key: "spec", filter: EVERYTHING, render: () => Promise.reject(new Error("cannot be executed")) };
  const delivery = { cursor: "c", previousCursor: null, replayed: true, gap: false };
  const rendering = renderEach(
    spec,
    range(1, 3).map((number) => ({ ...delivery, event: logged(numbered(number), number) })),
  );
  expect(await prefixOf(rendering)).toMatchObject({ events: [], fault: { error: { message: "cannot be executed" } } });
  await setImmediate();
  expect(unheard).toEqual([]);
});

test("an event that cannot be executed costs those after it their turn, and is told", async () => {
  const { cache, runs } = openCache(undefined, 3);
  const { events, fault } = await cache.render(replayed(1, 2, 3, 4), "log", true);
  expect(events.map(({ json }) => json.toString())).toEqual(["1", "2"]);
  expect(fault).toEqual({ error: new Error("cannot be executed") });
  // All of them in one run, then each alone.
  expect(runs).toEqual([[1, 2, 3, 4], [1], [2], [3], [4]]);
  expect(await cache.render([], "log", true)).toEqual({ events: [], fault: null });
  expect(runs).toHaveLength(5);
});

test("an event without a text of its own is empty, and has its cursor", async () => {
  const spec = { key: "spec", filter: EVERYTHING, render: async () => [Buffer.from("one")] };
  const deliveries = [1, 2].map((number) => ({
    event: logged(numbered(number), number),
    cursor: `c${number}`,
    previousCursor: null,
    replayed: true,
    gap: false,
  }));
  const { events } = await prefixOf(renderEach(spec, deliveries));
  expect(events.map(({ json, cursor }) => [json.toString(), cursor])).toEqual([
    ["one", "c1"],
    ["", "c2"],
  ]);
});

test("a filter selects by kind, by device and by person; an event without a person is nobody's", () => {
  const filter = (more: Partial<EventFilter>): EventFilter => ({ ...EVERYTHING, ...more });
  const punch = logged(punchAt(DEVICES[0], 1), 1);
  expect(matchesFilter(EVERYTHING, punch)).toBe(true);
  expect(matchesFilter(filter({ kinds: new Set(["device.status"]) }), punch)).toBe(false);
  expect(matchesFilter(filter({ serialNumbers: new Set([DEVICES[0]]) }), punch)).toBe(true);
  expect(matchesFilter(filter({ serialNumbers: new Set([DEVICES[1]]) }), punch)).toBe(false);
  expect(matchesFilter(filter({ employeeCodes: new Set(["1001"]) }), punch)).toBe(true);
  expect(matchesFilter(filter({ employeeCodes: new Set(["1002"]) }), punch)).toBe(false);
  const both = { serialNumbers: new Set([DEVICES[0]]), employeeCodes: new Set(["1002"]) };
  expect(matchesFilter(filter(both), punch)).toBe(false);
  const gap = logged(gapEntry("2026-06-21T03:32:16.250Z"), 2);
  const kinds = new Set([gap.body.kind]);
  expect(matchesFilter(filter({ kinds }), gap)).toBe(true);
  expect(matchesFilter(filter({ kinds, employeeCodes: new Set(["1001"]) }), gap)).toBe(false);
});

test("a batch has its events and no encoding yet; as many fit as begin within a number of bytes", () => {
  const events = [{ json: Buffer.from("1"), cursor: "c1" }];
  expect(batchOf(events)).toEqual({ events, encodings: new Map() });
  const encoded = { bytes: Buffer.alloc(30), ends: [10, 20, 30] };
  expect([0, 1, 10, 11, 20, 21, 30, 99].map((bytes) => countWithin(encoded, bytes))).toEqual([0, 1, 1, 2, 2, 3, 3, 3]);
  expect(countWithin({ bytes: Buffer.alloc(0), ends: [] }, 10)).toBe(0);
});

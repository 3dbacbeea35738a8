import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "../../../src/events/cursor.ts";
import { gapEntry } from "../../../src/events/event.ts";
import type { EventFilter } from "../../../src/events/hub/subscription-spec.ts";
import { dedupeTag } from "../../../src/events/hub/subscriber.ts";
import { appendNumbered, numbered, range } from "../../kit/events/numbered.ts";
import { EVERYTHING, createTestLog, openHub, specOf, subscribe } from "../../kit/events/sinks.ts";

interface Link {
  readonly cursor: string;
  readonly previousCursor: string | null;
}

/** A subscription that notes the cursors of each event that it executes. */
const linkedSpec = (key: string, filter?: EventFilter) => {
  const links: Link[] = [];
  return { links, spec: specOf(key, (delivery) => void links.push(delivery), filter) };
};

const only = (...codes: number[]): EventFilter => ({ ...EVERYTHING, employeeCodes: new Set(codes.map(String)) });

const expectChain = (links: readonly Link[]) =>
  expect(links.slice(1).map(({ previousCursor }) => previousCursor)).toEqual(
    links.slice(0, -1).map(({ cursor }) => cursor),
  );

const cursorAfter = async (log: ReturnType<typeof createTestLog>["log"], offset?: string) => {
  const { logId, latest } = await log.bounds();
  return { logId, offset: offset ?? latest, deliveredTags: [] };
};

test("each event names the event before it in its filter: live, replayed, and over the seam between them", async () => {
  const { log } = createTestLog();
  const hub = openHub(log);
  const live = linkedSpec("even", only(2, 4, 6));
  subscribe(hub, live.spec);
  await appendNumbered(log, 1, 6);
  await expect.poll(() => live.links.length).toBe(3);
  expectChain(live.links);
  const late = linkedSpec("even from 2", only(2, 4, 6, 8));
  subscribe(hub, late.spec, decodeCursor(live.links[0]?.cursor ?? ""));
  await expect.poll(() => late.links.length).toBe(2);
  await appendNumbered(log, 7, 8);
  await expect.poll(() => late.links.length).toBe(3);
  expectChain(late.links);
  // The first event after a cursor names it.
  expect(late.links[0]?.previousCursor).toBe(live.links[0]?.cursor);
});

test("a subscription that opens between two events finds the first one in the log, however many others lie between", async () => {
  const { log } = createTestLog();
  const hub = openHub(log);
  const before = linkedSpec("seen", only(1));
  subscribe(hub, before.spec);
  await appendNumbered(log, 1, 400);
  await expect.poll(() => before.links.length).toBe(1);
  const opened = linkedSpec("opened", only(1, 401));
  subscribe(hub, opened.spec);
  await appendNumbered(log, 401, 401);
  await expect.poll(() => opened.links.map(({ previousCursor }) => previousCursor)).toEqual([before.links[0]?.cursor]);
});

test("the first event of a log names the log's beginning, so that a cursor of another log differs", async () => {
  const { log } = createTestLog();
  const beginning = encodeCursor({ ...(await cursorAfter(log)), offset: "0-0" });
  const hub = openHub(log);
  const { links, spec } = linkedSpec("all");
  subscribe(hub, spec);
  await appendNumbered(log, 1, 2);
  await expect.poll(() => links.length).toBe(2);
  expect(links[0]?.previousCursor).toBe(beginning);
  expectChain(links);
});

test("after a gap, and beyond the retained part of a log, the event before is not known", async () => {
  const { log } = createTestLog(100);
  const hub = openHub(log);
  const { links, spec } = linkedSpec("all");
  subscribe(hub, spec);
  await appendNumbered(log, 1, 1);
  await log.append([gapEntry(new Date().toISOString())]);
  await appendNumbered(log, 2, 3);
  await expect.poll(() => links.length).toBe(3);
  expect(links[1]?.previousCursor).toBeNull();
  expectChain(links.slice(1));
  for (const from of [4, 54, 104, 154]) {
    await appendNumbered(log, from, from + 49);
    await expect.poll(() => links.length).toBe(from + 49);
  }
  const far = linkedSpec("far", only(1, 204));
  subscribe(hub, far.spec);
  await appendNumbered(log, 204, 204);
  await expect.poll(() => far.links.map(({ previousCursor }) => previousCursor)).toEqual([null]);
});

test("a subscriber with events from a snapshot gets a chain of the cursors that it was sent itself", async () => {
  const { log } = createTestLog();
  const hub = openHub(log);
  await appendNumbered(log, 1, 1);
  const after = { ...(await cursorAfter(log)), deliveredTags: [2, 4].map((code) => dedupeTag(numbered(code).key)) };
  const { links, spec } = linkedSpec("tagged");
  const sink = subscribe(hub, spec, after);
  await appendNumbered(log, 2, 7);
  await expect.poll(() => sink.codes()).toEqual(["3", "5", "6", "7"]);
  expect(links[0]?.previousCursor).toBe(encodeCursor(after));
  expectChain(links);
});

test("subscribers share an executed event together with its previous cursor", async () => {
  const { log } = createTestLog();
  const hub = openHub(log);
  const { links, spec } = linkedSpec("shared");
  await appendNumbered(log, 1, 50);
  const start = await cursorAfter(log, "0-0");
  const sinks = range(1, 10).map(() => subscribe(hub, spec, start));
  await expect.poll(() => sinks.every(({ received }) => received.length === 50)).toBe(true);
  await appendNumbered(log, 51, 60);
  await expect.poll(() => sinks.every(({ received }) => received.length === 60)).toBe(true);
  expect(links).toHaveLength(60);
  expectChain(links);
});

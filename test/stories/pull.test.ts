import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { AppOptions } from "../../src/app/app.ts";
import { gapEntry } from "../../src/events/event.ts";
import { encodeCursor } from "../../src/events/cursor.ts";
import { behindProxy } from "../kit/events/faulty.ts";
import { appendNumbered, range } from "../kit/events/numbered.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { numbersOf, READERS } from "../kit/portico/reader.ts";
import { withRedis } from "../kit/with-redis.ts";

interface Node {
  readonly cursor: string;
  readonly gap: boolean;
  readonly punch?: { readonly user: { readonly employeeCode: string } };
}

interface Page {
  readonly nodes: readonly Node[];
  readonly cursor: string;
  readonly hasMore: boolean;
  /** Undefined if the page was read without it. */
  readonly gap?: boolean;
}

interface Arguments {
  readonly after?: string;
  readonly first?: number;
  readonly kinds?: readonly string[];
}

const documentWith = (field: string) => `query ($after: EventCursor, $first: Int! = 500, $kinds: [GatewayEventKind!]) {
  events(after: $after, first: $first, kinds: $kinds) {
    nodes { cursor gap ... on PunchAdded { punch { user { employeeCode } } } }
    cursor hasMore ${field}
  }
}`;

const pull = async (portico: TestApp, variables: Arguments, field: string): Promise<Page> => {
  const { data, errors } = await portico.ask<{ readonly events: Page }, Arguments>(documentWith(field), variables);
  expect(errors).toBeUndefined();
  return data.events;
};

/**
 * Pulls as a client that reads the gap of a page. Each test pulls before it appends: the backfill at the start, which finds an empty log
 * then, would take the events of the test for old ones and add punches of the sandbox.
 */
const pullWithGap = (portico: TestApp, variables: Arguments = {}) => pull(portico, variables, "gap");

/** Pulls as a client that reads only the gaps of events. */
const pullWithoutGap = (portico: TestApp, variables: Arguments = {}) => pull(portico, variables, "");

const pulledNumbers = ({ nodes }: Page) => nodes.map(({ punch }) => Number(punch?.user.employeeCode));
const gapsIn = ({ nodes }: Page) => nodes.map(({ gap }) => gap);

const NO_PUNCHES = { kinds: ["DEVICE_STATUS_CHANGED", "ENROLLMENT_UPDATED"] };

const STORES = [
  ["memory", (options: AppOptions) => startPortico({}, {}, options)],
  ["Redis", async (options: AppOptions) => startPortico({}, { REDIS_URL: (await withRedis()).url }, options)],
] as const;

describe.each(STORES)("pulls from a log in %s", (_store, start) => {
  test("events that the log dropped are reported by the page, once, although all its events are filtered out", async () => {
    const portico = await start({ maxEvents: 100 });
    const { cursor: after } = await pullWithGap(portico);
    await appendNumbered(portico.log, 1, 600);
    const page = await pullWithGap(portico, { ...NO_PUNCHES, after });
    expect(page).toMatchObject({ nodes: [], gap: true, hasMore: false });
    expect(await pullWithGap(portico, { ...NO_PUNCHES, after: page.cursor })).toMatchObject({ nodes: [], gap: false });
    await appendNumbered(portico.log, 601, 602);
    const next = await pullWithGap(portico, { after: page.cursor });
    expect([pulledNumbers(next), gapsIn(next), next.gap]).toEqual([[601, 602], [false, false], false]);
  });

  test("a page with events reports a gap, and so does its first event", async () => {
    const portico = await start({ maxEvents: 100 });
    const { cursor: after } = await pullWithGap(portico);
    await appendNumbered(portico.log, 1, 600);
    const page = await pullWithGap(portico, { after, first: 2 });
    expect([gapsIn(page), page.gap, page.hasMore]).toEqual([[true, false], true, true]);
    const [first = 0] = pulledNumbers(page);
    const next = await pullWithGap(portico, { after: page.nodes[0]?.cursor ?? "" });
    expect([next.gap, gapsIn(next).includes(true)]).toEqual([false, false]);
    expect(pulledNumbers(next)).toEqual(range(first + 1, 600));
    // Whoever begins with the oldest event has missed nothing.
    const whole = await pullWithGap(portico);
    expect([whole.gap, gapsIn(whole).includes(true)]).toEqual([false, false]);
  });

  test("a client that does not read the gap of pages finds it in the next event, however many pages are empty", async () => {
    const portico = await start({ maxEvents: 100 });
    let { cursor: after } = await pullWithoutGap(portico);
    await appendNumbered(portico.log, 1, 600);
    for (let pages = 0; pages < 3; pages += 1) {
      const page = await pullWithoutGap(portico, { ...NO_PUNCHES, after });
      expect(page.nodes).toEqual([]);
      after = page.cursor;
    }
    await appendNumbered(portico.log, 601, 603);
    const late = await pullWithoutGap(portico, { after, first: 2 });
    expect([pulledNumbers(late), gapsIn(late)]).toEqual([
      [601, 602],
      [true, false],
    ]);
    const rest = await pullWithoutGap(portico, { after: late.cursor });
    expect([pulledNumbers(rest), gapsIn(rest)]).toEqual([[603], [false]]);
    // The cursor before it still has the gap, for a client that reads the page now.
    expect(await pullWithGap(portico, { after })).toMatchObject({ gap: true });
  });

  test.each(READERS)(
    "a subscriber by %s that continues after such a pull is notified of the gap",
    async (_name, read) => {
      const portico = await start({ maxEvents: 100 });
      const { cursor } = await pullWithoutGap(portico);
      await appendNumbered(portico.log, 1, 600);
      const { cursor: after } = await pullWithoutGap(portico, { ...NO_PUNCHES, after: cursor });
      const reader = read(portico, { after });
      await appendNumbered(portico.log, 601, 602);
      await expect.poll(() => numbersOf(reader)).toEqual([601, 602]);
      expect(reader.items.map(({ gap }) => gap)).toEqual([true, false]);
    },
  );

  test("a cursor ahead of the log is a gap, and reading continues at the end of the log", async () => {
    const portico = await start({});
    await pullWithGap(portico);
    await appendNumbered(portico.log, 1, 3);
    const { logId } = await portico.log.bounds();
    const after = encodeCursor({ logId, offset: "999999999999999999-0", deliveredTags: [] });
    const page = await pullWithGap(portico, { after });
    expect(page).toMatchObject({ nodes: [], gap: true, hasMore: false });
    const silent = await pullWithoutGap(portico, { after });
    await appendNumbered(portico.log, 4, 5);
    const next = await pullWithGap(portico, { after: page.cursor });
    expect([pulledNumbers(next), gapsIn(next), next.gap]).toEqual([[4, 5], [false, false], false]);
    const late = await pullWithoutGap(portico, { after: silent.cursor });
    expect([pulledNumbers(late), gapsIn(late)]).toEqual([
      [4, 5],
      [true, false],
    ]);
  });

  test("a gap in the log is reported where it lies, by the page and by the event after it", async () => {
    const portico = await start({});
    const { cursor: after } = await pullWithGap(portico);
    await appendNumbered(portico.log, 1, 3);
    await portico.log.append([gapEntry("2026-06-21T03:32:16.250Z")]);
    const page = await pullWithGap(portico, { after });
    expect([pulledNumbers(page), gapsIn(page), page.gap]).toEqual([[1, 2, 3], [false, false, false], true]);
    await appendNumbered(portico.log, 4, 5);
    const next = await pullWithGap(portico, { after: page.cursor });
    expect([pulledNumbers(next), gapsIn(next), next.gap]).toEqual([[4, 5], [false, false], false]);
    const whole = await pullWithGap(portico, { after });
    expect([gapsIn(whole), whole.gap]).toEqual([[false, false, false, true, false], true]);
    const before = await pullWithGap(portico, { after, first: 3 });
    expect([before.gap, before.hasMore]).toEqual([false, true]);
    expect(await pullWithGap(portico, { after: before.cursor })).toMatchObject({ gap: true });
  });

  test("a cursor of another log is a gap, polled while the log is empty, and once", async () => {
    const portico = await start({});
    const after = encodeCursor({ logId: "another-log", offset: "1-0", deliveredTags: [] });
    const page = await pullWithGap(portico, { after });
    expect(page).toMatchObject({ nodes: [], gap: true, hasMore: false });
    expect(await pullWithGap(portico, { after: page.cursor })).toMatchObject({ gap: false });
    const silent = await pullWithoutGap(portico, { after });
    await appendNumbered(portico.log, 1, 2);
    const late = await pullWithoutGap(portico, { after: silent.cursor });
    expect([pulledNumbers(late), gapsIn(late)]).toEqual([
      [1, 2],
      [true, false],
    ]);
  });
});

test("after a flush of Redis, a client that polled while the log was empty is notified of the gap once", async () => {
  const redis = await withRedis();
  const portico = await startPortico({}, { REDIS_URL: redis.url });
  await pullWithGap(portico);
  await appendNumbered(portico.log, 1, 5);
  const { cursor: after } = await pullWithGap(portico);
  await redis.ask("FLUSHALL");
  const empty = await pullWithGap(portico, { after });
  expect(empty).toMatchObject({ nodes: [], gap: true, hasMore: false });
  const silent = await pullWithoutGap(portico, { after });
  await appendNumbered(portico.log, 6, 8);
  const next = await pullWithGap(portico, { after: empty.cursor });
  expect([pulledNumbers(next), gapsIn(next), next.gap]).toEqual([[6, 7, 8], [false, false, false], false]);
  for (const cursor of [silent.cursor, after]) {
    const late = await pullWithGap(portico, { after: cursor });
    expect([pulledNumbers(late), gapsIn(late), late.gap]).toEqual([[6, 7, 8], [true, false, false], true]);
  }
});

test("a page has no silent gap, whenever a Redis far away is trimmed while it is read", {
  timeout: 30_000,
}, async () => {
  const { redis, proxy, url } = await behindProxy();
  const portico = await startPortico({}, { REDIS_URL: url }, { maxEvents: 100 });
  const near = await startPortico(portico.sandbox, { REDIS_URL: redis.url }, { maxEvents: 100 });
  await pullWithGap(near);
  let appended = 0;
  let missed = 0;
  const append = async (count: number) => {
    await appendNumbered(near.log, appended + 1, appended + count);
    appended += count;
  };
  proxy.latency(350);
  // The bursts decide when the log drops the cursor: before the page is read, while it is on its way, or not at all.
  for (const burst of [6, 8, 10, 12, 40]) {
    await append(1);
    const { logId, latest } = await near.log.bounds();
    const first = appended + 1;
    const answer = pullWithGap(portico, { after: encodeCursor({ logId, offset: latest, deliveredTags: [] }) });
    const answered = new AbortController();
    void answer.finally(() => answered.abort());
    while (!answered.signal.aborted) {
      await append(burst);
      await setTimeout(35);
    }
    const page = await answer;
    const lost = (pulledNumbers(page)[0] ?? first) - first;
    missed += lost;
    if (lost > 0) expect([page.gap, gapsIn(page)[0]], `${lost} events, in bursts of ${burst}`).toEqual([true, true]);
  }
  expect(missed).toBeGreaterThan(0);
});

import { expect, onTestFinished, test } from "vitest";
import { startApp } from "../../src/app/app.ts";
import { parseConfig } from "../../src/config/config.ts";
import { type TestApp, startPortico } from "../kit/portico/app.ts";
import { subscribeBySse, subscribeBySocket } from "../kit/portico/live.ts";
import { punch, served } from "../kit/portico/socket.ts";
import type { TestRedis } from "../kit/redis.ts";
import { withRedis } from "../kit/with-redis.ts";

const PUNCHES = `subscription ($after: EventCursor) { punchAdded(after: $after) { cursor gap punch { user { employeeCode } } } }`;
const PAGE = `query ($after: EventCursor, $first: Int!) { events(after: $after, first: $first, kinds: [PUNCH_ADDED]) {
  cursor hasMore nodes { gap ... on PunchAdded { punch { user { employeeCode } } } } } }`;

interface Node {
  readonly cursor: string;
  readonly gap: boolean;
  readonly punch: { readonly user: { readonly employeeCode: string } };
}
interface Page {
  readonly events: { readonly cursor: string; readonly hasMore: boolean; readonly nodes: readonly Node[] };
}

const TOKEN = "c4nary-token-of-the-gateway-0123";

const eventWith = (more: string): string =>
  `{"key":"k","DeviceSN":"SN","occurredAt":null,"receivedAt":"2026-06-21T03:32:16Z","recovered":false${more}}`;

/** Entries that other programs and versions write. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ["no JSON", "hello"],
  ["nothing", ""],
  ["half an event", '{"key":"punch SN 1042","DeviceSN":"SN7A23'],
  ["null", "null"],
  ["a list", "[1,2]"],
  ["JSON of something else", `{"job":7,"Password":"c4nary","AuthToken":"c4nary","note":"PIN=c4nary"}`],
  ["an event without a body", eventWith("")],
  ["a kind of a newer version", eventWith(`,"body":{"kind":"door.alarm","alarm":{}}`)],
  ["a known kind without its record", eventWith(`,"body":{"kind":"attendance.new","blow":{}}`)],
  ["a record of another form", eventWith(`,"body":{"kind":"attendance.new","punch":{"DeviceSN":1}}`)],
];

const openOn = (redis: TestRedis) => startPortico({}, { REDIS_URL: redis.url, CALLBACK_SECRET: "c".repeat(40) });

interface Instance {
  readonly url: string;
  readonly logs: readonly string[];
}

/** Another instance in front of the gateway of the first one. */
const openBeside = async ({ sandbox }: TestApp, redis: TestRedis): Promise<Instance> => {
  const logs: string[] = [];
  const config = parseConfig({
    PORT: "0",
    ACCESS: "open",
    REDIS_URL: redis.url,
    GATEWAY_URL: sandbox.url,
    GATEWAY_AUTH_TOKEN: sandbox.token,
    LINK_SECRET: "l".repeat(48),
  });
  const app = await startApp(config, { log: { write: (line) => void logs.push(line) } });
  onTestFinished(app.stop);
  return { url: app.url, logs };
};

const insert = async (redis: TestRedis, text: string, field = "event"): Promise<void> => {
  const [stream] = (await redis.ask("KEYS", "portico:*:events")) as readonly string[];
  await redis.ask("XADD", stream ?? "", "*", field, text);
};

const seen = (nodes: readonly Node[]) =>
  nodes.map(({ gap, punch: { user } }) => `${user.employeeCode}${gap ? " gap" : ""}`);
const delivered = ({ events }: { readonly events: readonly { readonly punchAdded: Node }[] }) =>
  seen(events.map(({ punchAdded }) => punchAdded));

const pageAfter = async (
  { url }: Pick<Instance, "url">,
  after: string | null,
  first = 100,
): Promise<Page["events"]> => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: PAGE, variables: { after, first } }),
  });
  const { data, errors } = (await response.json()) as { readonly data: Page; readonly errors?: unknown };
  expect(errors).toBeUndefined();
  return data.events;
};

test.each(FOREIGN)("%s in the log is one gap for everybody, and one item in quarantine", async (_name, text) => {
  const redis = await withRedis();
  const app = await openOn(redis);
  const other = await openBeside(app, redis);
  const live = [subscribeBySocket, subscribeBySse].map((subscribe) =>
    subscribe<{ punchAdded: Node }>(app.url, PUNCHES),
  );
  await served(app, 2);
  punch(app, "1042");
  for (const each of live) await expect.poll(() => delivered(each)).toEqual(["1042"]);
  const after = live[0]?.events[0]?.punchAdded.cursor;
  const start = await pageAfter(app, after ?? null);

  await insert(redis, text);
  punch(app, "1001");
  for (const each of live) await expect.poll(() => delivered(each)).toEqual(["1042", "1001 gap"]);
  punch(app, "1002");
  for (const each of live) await expect.poll(() => delivered(each)).toEqual(["1042", "1001 gap", "1002"]);

  for (const instance of [app, other]) {
    const back = subscribeBySocket<{ punchAdded: Node }>(instance.url, PUNCHES, { after });
    await expect.poll(() => delivered(back)).toEqual(["1001 gap", "1002"]);
    expect(seen((await pageAfter(instance, start.cursor)).nodes)).toEqual(["1001 gap", "1002"]);
    expect(seen((await pageAfter(instance, null)).nodes)).toEqual(["1042", "1001 gap", "1002"]);
    const ready = await fetch(`${instance.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({
      status: "ok",
      reasons: [],
      warnings: [
        "Redis has no append-only file: set appendonly to yes, or events may be lost when Redis stops.",
        "Entries of the event log that cannot be read: 1; see the quarantine.",
      ],
    });
    expect(instance.logs.filter((line) => line.includes("cannot be read"))).toHaveLength(1);
  }
  const kept = await app.log.quarantined(100);
  expect(kept.map(({ reason }) => reason)).toEqual(["An entry of the event log cannot be read by this version."]);
  expect(JSON.stringify([kept, app.logs, other.logs])).not.toContain("c4nary");
});

test("many such entries are each kept once, reading goes on, and a page without an event hands the gap on", async () => {
  const redis = await withRedis();
  const app = await openOn(redis);
  const live = subscribeBySocket<{ punchAdded: Node }>(app.url, PUNCHES);
  await served(app, 1);
  punch(app, "1042");
  await expect.poll(() => delivered(live)).toEqual(["1042"]);
  const first = await pageAfter(app, null);
  for (let count = 0; count < 30; count += 1)
    await insert(redis, `{"foreign":${count}}`, count % 2 === 0 ? "event" : "x");
  const empty = await pageAfter(app, first.cursor);
  expect([empty.nodes, empty.hasMore]).toEqual([[], false]);
  const again = await pageAfter(app, empty.cursor);
  expect([again.nodes, again.hasMore, again.cursor]).toEqual([[], false, empty.cursor]);
  for (const code of ["1001", "1002"]) punch(app, code);
  await expect.poll(() => delivered(live)).toEqual(["1042", "1001 gap", "1002"]);
  expect(seen((await pageAfter(app, again.cursor)).nodes)).toEqual(["1001 gap", "1002"]);
  const resumed = subscribeBySse<{ punchAdded: Node }>(app.url, PUNCHES, { after: again.cursor });
  await expect.poll(() => delivered(resumed)).toEqual(["1001 gap", "1002"]);
  let cursor: string | null = null;
  const all: string[] = [];
  for (let more = true; more; ) {
    const page: Page["events"] = await pageAfter(app, cursor, 1);
    all.push(...seen(page.nodes));
    ({ cursor, hasMore: more } = page);
  }
  expect(all).toEqual(["1042", "1001 gap", "1002"]);
  expect(await app.log.quarantined(100)).toHaveLength(30);
});

test("what another program writes into the quarantine does not hide what is in it", async () => {
  const redis = await withRedis();
  const app = await openOn(redis);
  await app.log.quarantine({ receivedAt: "2026-06-21T03:32:16Z", reason: "first", body: "{}" });
  const [stream] = (await redis.ask("KEYS", "portico:*:quarantine")) as readonly string[];
  for (const text of ["hello", "null", "{}", "[]"]) await redis.ask("XADD", stream ?? "", "*", "item", text);
  await app.log.quarantine({ receivedAt: "2026-06-21T03:32:16Z", reason: "second", body: TOKEN });
  expect((await app.log.quarantined(100)).map(({ reason }) => reason)).toEqual(["first", "second"]);
});

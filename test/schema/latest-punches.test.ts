import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { askAs, bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";
import { withRedis } from "../kit/with-redis.ts";

const LATEST = `query ($first: Int! = 20) {
  latestPunches(first: $first) {
    cursor
    nodes { cursor receivedAt replayed gap punch { at localTime user { employeeCode } device { timeZone } } }
  }
}`;

interface Latest {
  readonly latestPunches: {
    readonly cursor: string;
    readonly nodes: readonly {
      readonly cursor: string;
      readonly receivedAt: string;
      readonly replayed: boolean;
      readonly gap: boolean;
      readonly punch: { readonly at: string; readonly user: { readonly employeeCode: string } };
    }[];
  };
}

const latest = async (portico: TestApp, first = 20): Promise<Latest["latestPunches"]> =>
  (await portico.ask<Latest, object>(LATEST, { first })).data.latestPunches;

const codesOf = ({ nodes }: Latest["latestPunches"]): readonly string[] =>
  nodes.map(({ punch }) => punch.user.employeeCode);

/** A device in each of these zones, whose wall clocks are 14 hours apart. */
const devicesOf = ({ sandbox }: TestApp): readonly string[] =>
  ["Asia/Singapore", "America/New_York", "Asia/Kolkata", "Europe/Berlin"].map((zone) => {
    const device = [...sandbox.gateway.world.devices.values()].find(({ TimeZone }) => TimeZone === zone);
    if (device === undefined) throw new Error(`The sandbox must have a device in ${zone}.`);
    device.clockDriftSeconds = 0;
    return device.DeviceSN;
  });

/** Punches one after another at devices in turn, and waits until each is in the log. */
const punchInTurn = async (portico: TestApp, codes: readonly string[], at?: number): Promise<void> => {
  const devices = devicesOf(portico);
  for (const [index, EmployeeCode] of codes.entries()) {
    const { latest: before } = await portico.log.bounds();
    const DeviceSN = devices[index % devices.length] ?? "";
    portico.sandbox.punch({ DeviceSN, EmployeeCode, ...(at === undefined ? {} : { at }) });
    await expect.poll(async () => (await portico.log.bounds()).latest).not.toBe(before);
  }
};

const numbered = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));

const STORES = [
  ["memory", async () => ({})],
  ["Redis", async () => ({ REDIS_URL: (await withRedis()).url })],
] as const;

test.for(STORES)("the punches that arrived last come first, in whatever zone, from a log in %s", async ([, envOf]) => {
  const portico = await startPortico({}, await envOf());
  await punchInTurn(portico, numbered(77_001, 24));
  const page = await latest(portico);
  expect(codesOf(page)).toEqual(numbered(77_005, 20).toReversed());
  const received = page.nodes.map(({ receivedAt }) => Date.parse(receivedAt));
  expect(received).toEqual(received.toSorted((a, b) => b - a));
  expect(new Set(page.nodes.map(({ cursor }) => cursor)).size).toBe(20);
  expect(page.nodes.every(({ replayed, gap }) => replayed && !gap)).toBe(true);
  expect(codesOf(await latest(portico, 1))).toEqual(["77024"]);
  expect(codesOf(await latest(portico, 500))).toEqual(numbered(77_001, 24).toReversed());
});

test("a punch that an offline device reports late is the newest, whatever its time", async () => {
  const portico = await startPortico();
  await punchInTurn(portico, ["77001", "77002"]);
  await punchInTurn(portico, ["77003"], portico.sandbox.clock.now() - 3 * 3_600_000);
  const page = await latest(portico);
  expect(codesOf(page)).toEqual(["77003", "77002", "77001"]);
  const [first, second] = page.nodes.map(({ punch }) => Date.parse(punch.at));
  expect(first).toBeLessThan(second ?? 0);
});

test("other events between the punches are skipped", async () => {
  const portico = await startPortico();
  const status = (index: number) => ({
    key: `status ${index}`,
    DeviceSN: "SN7A2300583",
    occurredAt: "2026-06-21T04:00:00Z",
    receivedAt: "2026-06-21T04:00:00Z",
    recovered: false,
    body: { kind: "other" as const, name: "device.other", members: {} },
  });
  await punchInTurn(portico, ["77001"]);
  await portico.log.append(Array.from({ length: 1_200 }, (_, index) => status(index)));
  await punchInTurn(portico, ["77002"]);
  await portico.log.append([status(2_000)]);
  expect(codesOf(await latest(portico, 2))).toEqual(["77002", "77001"]);
  expect(codesOf(await latest(portico, 1))).toEqual(["77002"]);
});

test("a subscription continues from the cursor without a loss or a duplicate, also from an empty log", async () => {
  const portico = await startPortico();
  const query = `subscription ($after: EventCursor) { punchAdded(after: $after) { gap punch { user { employeeCode } } } }`;
  interface Added {
    readonly punchAdded: {
      readonly gap: boolean;
      readonly punch: { readonly user: { readonly employeeCode: string } };
    };
  }
  const empty = await latest(portico);
  expect(empty.nodes).toEqual([]);
  await punchInTurn(portico, ["77001", "77002"]);
  const page = await latest(portico, 1);
  await punchInTurn(portico, ["77003"]);
  const all = subscribeBySocket<Added>(portico.url, query, { after: empty.cursor });
  const later = subscribeBySocket<Added>(portico.url, query, { after: page.cursor });
  await expect.poll(portico.live.subscribers).toBe(2);
  await punchInTurn(portico, ["77004"]);
  const seen = ({ events }: typeof all) => events.map(({ punchAdded }) => punchAdded.punch.user.employeeCode);
  await expect.poll(() => seen(all)).toEqual(["77001", "77002", "77003", "77004"]);
  await expect.poll(() => seen(later)).toEqual(["77003", "77004"]);
});

test("an entry of the log that cannot be read is a gap before the punch that arrived next", async () => {
  const redis = await withRedis();
  const portico = await startPortico({}, { REDIS_URL: redis.url });
  await punchInTurn(portico, ["77001"]);
  const [stream = ""] = (await redis.ask("KEYS", "portico:*:events")) as readonly string[];
  await redis.ask("XADD", stream, "*", "event", "hello");
  await punchInTurn(portico, ["77002", "77003"]);
  const gaps = async () => (await latest(portico)).nodes.map(({ punch, gap }) => [punch.user.employeeCode, gap]);
  expect(await gaps()).toEqual([
    ["77003", false],
    ["77002", true],
    ["77001", false],
  ]);
  await redis.ask("XADD", stream, "*", "event", "hello");
  const page = await latest(portico);
  expect(page.nodes[0]?.gap).toBe(false);
  await punchInTurn(portico, ["77004"]);
  const query = `subscription ($after: EventCursor) { punchAdded(after: $after) { gap } }`;
  const later = subscribeBySocket<{ punchAdded: { gap: boolean } }>(portico.url, query, { after: page.cursor });
  await expect.poll(() => later.events.map(({ punchAdded }) => punchAdded.gap)).toEqual([true]);
});

test("`first` is limited, and the scope is required", async () => {
  const { path } = await openFile(keyFile({ ada: { scopes: ["devices:read"] }, bob: { scopes: ["attendance:read"] } }));
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: path });
  const codeOf = async (name: string, first: number) => {
    const response = await askAs(portico.url, bearer(keyOf(name)), `{ latestPunches(first: ${first}) { cursor } }`);
    const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return errors.map(({ extensions }) => extensions.code);
  };
  expect(await codeOf("ada", 1)).toEqual(["FORBIDDEN"]);
  expect(await codeOf("bob", 500)).toEqual([]);
  for (const first of [0, -1, 501]) expect(await codeOf("bob", first), String(first)).toEqual(["BAD_USER_INPUT"]);
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logKeysOf } from "../../../src/redis/keys.ts";
import { createRecordingLogger, openRedisLog } from "../../kit/events/logs.ts";
import { punches } from "../../kit/events/samples.ts";
import { freePort } from "../../kit/ports.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { subscribeBySocket } from "../../kit/portico/live.ts";
import { ROOT } from "../../kit/program.ts";
import type { TestRedis } from "../../kit/redis.ts";
import { withSandbox } from "../../kit/sandbox/with-sandbox.ts";
import { until } from "../../kit/until.ts";
import { withRedis } from "../../kit/with-redis.ts";

const DEVICE = "SN7A2300583";
const SECRET = "c".repeat(32);
const OPEN = `mutation {
  openDoor(input: { serialNumber: "${DEVICE}", options: { idempotencyKey: "visit" } }) { command { id } }
}`;
const READ = "{ latestPunches { nodes { cursor } } }";

/** The words of the line in docs/operating.md. */
const documented = async (): Promise<readonly string[]> => {
  const text = await readFile(join(ROOT, "docs/operating.md"), "utf8");
  const [, words = ""] = /```text\nuser (portico [^`]+)```/.exec(text) ?? [];
  return words.replaceAll("\\\n", " ").trim().split(/\s+/);
};

/** The commands that Redis has executed since its start. */
const executed = async (redis: TestRedis): Promise<readonly string[]> =>
  [...String(await redis.ask("INFO", "commandstats")).matchAll(/^cmdstat_([^:]+):/gm)].map(([, name = ""]) => name);

/** Does everything for which Portico needs Redis; returns the commands that Redis has executed. */
const useEverything = async (redis: TestRedis): Promise<ReadonlySet<string>> => {
  const sandbox = await withSandbox({ live: false, acknowledgeMs: 10 });
  const start = async () => {
    const port = String(await freePort());
    return startPortico(sandbox, {
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      CALLBACK_SECRET: SECRET,
      REDIS_URL: `redis://portico:password@127.0.0.1:${redis.port}`,
    });
  };
  const [first, second, third] = [await start(), await start(), await start()];
  const { events } = subscribeBySocket(second.url, "subscription { punchAdded { punch { id } } }");
  await until(() => second.live.subscribers() === 1);
  const punch = async () => {
    const before = events.length;
    sandbox.punch({ DeviceSN: DEVICE, EmployeeCode: "1042" });
    await until(() => events.length > before, { what: "the event to arrive", timeoutMs: 20_000 });
  };
  await punch();
  const opened = [await first.ask(OPEN), await second.ask(OPEN)].map(({ data }) => JSON.stringify(data));
  expect(new Set(opened).size).toBe(1);
  expect((await first.ask(READ)).errors).toBeUndefined();
  await fetch(`${first.url}/callbacks/${SECRET}`, { method: "POST", body: "{}" });
  const [{ id } = { id: "" }] = await first.log.quarantined(10);
  expect(await first.log.release(id)).not.toBeNull();
  expect(await first.log.length()).toBeGreaterThan(0);
  await third.stop();
  const names = new Set<string>();
  await until(async () => {
    for (const name of await executed(redis)) names.add(name);
    return names.has("ping");
  });
  expect(await redis.ask("ACL", "LOG")).toEqual([]);
  // Instances restore together what a Redis has lost.
  await redis.kill();
  await redis.restart();
  await until(() => first.log.problem() === null && second.log.problem() === null, { timeoutMs: 20_000 });
  await punch();
  for (const name of await executed(redis)) names.add(name);
  expect(await redis.ask("ACL", "LOG")).toEqual([]);
  return names;
};

test("a user of Redis with the rights of docs/operating.md is enough, and each of the commands is used", async () => {
  const words = await documented();
  const redis = await withRedis({ appendfsync: "always", args: ["--user", ...words] });
  const names = await useEverything(redis);
  const granted = words.flatMap((word) => (word.startsWith("+") ? [word.slice(1)] : []));
  // By clients of the test, or before the user is known.
  const ofOthers = ["acl|log", "auth", "hello"];
  expect([...names].filter((name) => !ofOthers.includes(name)).toSorted()).toEqual(granted.toSorted());
}, 60_000);

test("events that an operator deletes by their age are a gap for readers behind them, and no loss for the instances", async () => {
  const redis = await withRedis({ appendfsync: "always" });
  const { logger, lines } = createRecordingLogger();
  const log = await openRedisLog({ url: redis.url, account: "test", logger });
  const [first, second] = await log.append(punches(1, 2));
  await until(() => Date.now() > Number(second?.offset.split("-")[0]));
  const [third] = await log.append(punches(3, 3));
  const [oldest = ""] = third?.offset.split("-") ?? [];
  expect(await redis.ask("XTRIM", logKeysOf("test").events, "MINID", oldest)).toBe(2);
  const { logId } = await log.bounds();
  const after = (offset = "") => log.read({ logId, offset }, 10);
  expect(await after(first?.offset)).toMatchObject({ gap: true, events: [{ offset: third?.offset }] });
  expect(await after(third?.offset)).toMatchObject({ gap: false, events: [] });
  await redis.kill();
  await redis.restart();
  const isAvailable = () =>
    log.bounds().then(
      () => true,
      () => false,
    );
  await until(isAvailable, { timeoutMs: 10_000 });
  expect(await log.append(punches(2, 4))).toMatchObject([
    { duplicate: true },
    { duplicate: true },
    { duplicate: false },
  ]);
  expect(await after(third?.offset)).toMatchObject({ gap: false, events: [{}] });
  expect(lines.join()).not.toContain("lost");
}, 30_000);

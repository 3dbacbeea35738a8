import { expect, test } from "vitest";
import { startPortico } from "../../kit/portico/app.ts";
import { withRedis } from "../../kit/with-redis.ts";

const EVICTS = (policy: string) =>
  `Redis evicts keys when it is full (${policy}): set maxmemory-policy to noeviction, or events and idempotency keys are lost.`;
const IN_MEMORY = "Redis has no append-only file: set appendonly to yes, or events may be lost when Redis stops.";

const limited = (policy: string) => ["--maxmemory", "100mb", "--maxmemory-policy", policy];

test.each<readonly [string, readonly string[], readonly string[]]>([
  ["evicts any key", limited("allkeys-lru"), [EVICTS("allkeys-lru")]],
  ["evicts keys that expire", limited("volatile-ttl"), [EVICTS("volatile-ttl")]],
  ["has a limit and evicts nothing", limited("noeviction"), []],
  ["would evict, and has no limit", ["--maxmemory-policy", "allkeys-lfu"], []],
])(
  "a Redis that %s is a warning at the start and in readiness, and does not make it unready",
  async (_, args, expected) => {
    const redis = await withRedis({ args, appendfsync: "everysec" });
    const portico = await startPortico({}, { REDIS_URL: redis.url });
    const ready = async () => (await (await fetch(`${portico.url}/health/ready`)).json()) as object;
    await expect.poll(ready).toEqual({ status: "ok", reasons: [], warnings: expected });
    const logged = portico.logs.map((line) => JSON.parse(line) as { level: string; message: string });
    expect(
      logged.filter(({ message }) => message.startsWith("Redis ")).map(({ level, message }) => [level, message]),
    ).toEqual(expected.map((message) => ["warn", message]));
  },
);

test("settings that change are seen when Redis is connected again", async () => {
  const redis = await withRedis({});
  const portico = await startPortico({}, { REDIS_URL: redis.url });
  const warnings = async () =>
    ((await (await fetch(`${portico.url}/health/ready`)).json()) as { warnings: readonly string[] }).warnings;
  await expect.poll(warnings).toEqual([IN_MEMORY]);
  await redis.kill();
  await redis.restart(limited("allkeys-random"));
  await expect.poll(warnings, { timeout: 10_000 }).toEqual([IN_MEMORY, EVICTS("allkeys-random")]);
});

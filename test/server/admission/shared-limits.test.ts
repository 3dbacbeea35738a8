import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { withSandbox } from "../../kit/sandbox/with-sandbox.ts";
import { withRedis } from "../../kit/with-redis.ts";

const OPEN = `mutation { openDoor(input: { serialNumber: "SN7A2300583", doorNumber: 1 }) { userErrors { code } } }`;

const startTwo = async (doors: number) => {
  const [sandbox, redis] = await Promise.all([withSandbox({ live: false, acknowledgeMs: 10 }), withRedis()]);
  const env = { REDIS_URL: redis.url, LIMIT_DOORS: String(doors) };
  const start = () => startPortico(sandbox, env);
  return { redis, instances: [await start(), await start()] as const };
};

/** How many of these doors an instance opens. */
const opened = async ({ ask }: TestApp, doors: number): Promise<number> => {
  let granted = 0;
  for (let door = 0; door < doors; door += 1) {
    const { errors = [] } = await ask(OPEN);
    const codes = errors.map(({ extensions }) => extensions["code"]);
    if (!codes.includes("RATE_LIMITED")) granted += 1;
  }
  return granted;
};

test("instances that share Redis grant a caller its commands for doors together", async () => {
  const { instances } = await startTwo(5);
  const [first, second] = instances;
  expect(await opened(first, 3)).toBe(3);
  expect(await opened(second, 3)).toBe(2);
  expect(await opened(first, 1)).toBe(0);
  const answer = await first.ask(OPEN);
  expect(answer.errors?.[0]?.extensions["retryAfter"]).toBeGreaterThan(0);
});

test("while Redis is away each instance grants its part of what was left", async () => {
  const { redis, instances } = await startTwo(12);
  const [first, second] = instances;
  expect(await opened(first, 2)).toBe(2);
  expect(await opened(second, 2)).toBe(2);
  expect(await opened(first, 2)).toBe(2);
  await redis.kill();
  const granted = [await opened(first, 6), await opened(second, 6)];
  expect(granted).toEqual([3, 4]);
  expect(first.logs.join()).toContain("limits of callers are not shared");
  await redis.restart();
  await expect
    .poll(() => first.ask(OPEN).then(() => first.logs.join()))
    .toContain("limits of callers are shared again");
});

test("a query asks Redis nothing", async () => {
  const { redis, instances } = await startTwo(5);
  await instances[0].ask("{ viewer { name } }");
  expect(await redis.ask("KEYS", "portico:{callers}*")).toEqual([]);
});

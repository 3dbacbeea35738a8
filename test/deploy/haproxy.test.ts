import { expect, test } from "vitest";
import { startInstance } from "../kit/instance.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";
import { until } from "../kit/until.ts";
import { withRedis } from "../kit/with-redis.ts";
import { withHaproxy } from "./haproxy.ts";

const DEVICES = "{ devices(first: 5) { nodes { serialNumber } } }";

test("where all instances lose Redis, HAProxy sends requests to one that is not ready, and queries are answered", async () => {
  const sandbox = await withSandbox({ live: false });
  const redis = await withRedis();
  const balancer = await withHaproxy();
  const { url } = await startInstance(sandbox, { REDIS_URL: redis.url, TRUSTED_PROXIES: "127.0.0.0/8" });
  const port = Number(new URL(url).port);
  await balancer.start([port, port, port]);
  const ask = async () => {
    const response = await fetch(`${balancer.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: DEVICES }),
    });
    return [response.status, Object.keys((await response.json()) as object)];
  };
  expect(await ask()).toEqual([200, ["data"]]);
  expect(await balancer.log()).toContain(" ready/portico-");
  await redis.kill();
  const isNoneReady = async () => {
    expect(await ask()).toEqual([200, ["data"]]);
    return (await balancer.log()).includes(" any/portico-");
  };
  await until(isNoneReady, { what: "a request to an instance that is not ready", timeoutMs: 30_000, intervalMs: 50 });
  expect((await fetch(`${balancer.url}/health/ready`)).status).toBe(503);
}, 60_000);

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { freePort } from "../ports.ts";
import { killProcess, spawnRedis, type TestRedis } from "../redis.ts";
import { withRedis } from "../with-redis.ts";

/**
 * Starts a replica for one test, and waits until it follows each write: with a link that is up it gets the first one up to a second later,
 * and a replica that is promoted before has nothing.
 */
export const replicaOf = async (master: TestRedis): Promise<TestRedis> => {
  const replica = await withRedis({
    args: ["--replicaof", "127.0.0.1", String(master.port)],
  });
  const poll = { timeout: 10_000, interval: 20 };
  await expect.poll(() => replica.ask("INFO", "replication"), poll).toContain("master_link_status:up");
  const probe = `followed-by-${replica.port}`;
  await master.ask("SET", probe, "");
  await expect.poll(() => replica.ask("EXISTS", probe), poll).toBe(1);
  await master.ask("DEL", probe);
  return replica;
};

/**
 * Starts a sentinel for one test that promotes a replica when the master is gone for `downMs`; a replica that has no link to the master
 * must have lost it within the last ten times of that. Returns the URL for clients.
 */
export const startSentinel = async (master: TestRedis, downMs = 500): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), "portico-sentinel-"));
  const port = await freePort();
  await writeFile(
    join(dir, "sentinel.conf"),
    [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${dir}`,
      `sentinel monitor portico 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds portico ${downMs}`,
      "sentinel failover-timeout portico 5000",
      "sentinel parallel-syncs portico 2",
    ].join("\n"),
  );
  const sentinel = await spawnRedis([join(dir, "sentinel.conf"), "--sentinel"]);
  onTestFinished(async () => {
    await killProcess(sentinel, "SIGKILL");
    await rm(dir, { recursive: true });
  });
  return `redis-sentinel://127.0.0.1:${await freePort()},127.0.0.1:${port}/portico`;
};

/** Cuts a replica off from its master for good: it keeps what it has and may still be promoted. */
export const cutOff = async (master: TestRedis, replica: TestRedis): Promise<void> => {
  await replica.ask("CONFIG", "SET", "masteruser", "nobody");
  await replica.ask("CONFIG", "SET", "masterauth", "nothing");
  await master.ask("CLIENT", "KILL", "TYPE", "replica");
  await expect.poll(() => replica.ask("INFO", "replication")).toContain("master_link_status:down");
};

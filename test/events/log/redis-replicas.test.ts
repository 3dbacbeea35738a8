import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import type { EventLog } from "../../../src/events/log/log.ts";
import { untilAcknowledgedMore, expectComplete, untilAvailable } from "../../kit/events/faulty.ts";
import { openRedisLog } from "../../kit/events/logs.ts";
import { replicaOf, startSentinel } from "../../kit/events/sentinel.ts";
import { DEVICES, punches } from "../../kit/events/samples.ts";
import { startSender } from "../../kit/events/sender.ts";
import { withRedis } from "../../kit/with-redis.ts";

test("no instance acknowledges an event until the replicas have it", async () => {
  const master = await withRedis();
  const replica = await replicaOf(master);
  const options = { url: master.url, account: "waits", waitReplicas: 1 };
  const log = await openRedisLog(options);
  expect(await log.append(punches(1, 2))).toMatchObject([{ duplicate: false }, { duplicate: false }]);
  replica.signal("SIGSTOP");
  const rejection =
    "The event log is unavailable: storing an event failed. Redis accepts no writes because too few of its replicas answer.";
  await expect(log.append(punches(3, 3))).rejects.toThrow(rejection);
  expect(log.problem()).not.toBeNull();
  const other = await openRedisLog(options);
  await expect(other.append(punches(3, 3))).rejects.toThrow(rejection);
  replica.signal("SIGCONT");
  await Promise.all([untilAvailable(log), untilAvailable(other)]);
  expect(await other.append(punches(3, 3))).toMatchObject([{ duplicate: true }]);
  await expectComplete(log, new Map([[DEVICES[0], 3]]));
});

test("after a failover the sentinels lead to the new master, and nothing acknowledged is lost", {
  timeout: 40_000,
}, async () => {
  const master = await withRedis();
  await Promise.all([replicaOf(master), replicaOf(master)]);
  const url = await startSentinel(master);
  const log = await openRedisLog({ url, waitReplicas: 1 });
  expect(log.problem()).toBeNull();
  const sender = startSender([log]);
  await untilAcknowledgedMore(sender, 200);
  await master.kill();
  await expect.poll(log.problem, { interval: 5 }).not.toBeNull();
  await untilAcknowledgedMore(sender, 200);
  await expectComplete(log, await sender.stop());
});

test("a failover in good order takes everybody to the new master before anything is lost", {
  timeout: 40_000,
}, async () => {
  const master = await withRedis();
  await Promise.all([replicaOf(master), replicaOf(master)]);
  const url = await startSentinel(master);
  const sentinel = new Redis(Number(/:(\d+)\/portico$/.exec(url)?.[1]), { enableReadyCheck: false });
  onTestFinished(() => sentinel.disconnect());
  const poll = { timeout: 15_000, interval: 50 };
  await expect.poll(() => sentinel.call("SENTINEL", "REPLICAS", "portico"), poll).toHaveLength(2);
  const logs = [await openRedisLog({ url, account: "handed" }), await openRedisLog({ url, account: "handed" })];
  const { logId } = await (logs[0] as EventLog).bounds();
  const sender = startSender(logs, 5);
  await untilAcknowledgedMore(sender, 200);
  await expect.poll(() => sentinel.call("SENTINEL", "FAILOVER", "portico").catch(String), poll).toBe("OK");
  await expect.poll(() => master.ask("ROLE"), { ...poll, timeout: 25_000 }).toContain("slave");
  await untilAcknowledgedMore(sender, 200);
  const sent = await sender.stop();
  for (const log of logs) await expectComplete(log, sent);
  expect((await (logs[0] as EventLog).bounds()).logId).toBe(logId);
});

test("in a cluster the log follows its slot to another node", { timeout: 40_000 }, async () => {
  const master = await withRedis({ cluster: true });
  const replica = await withRedis({ cluster: true, slots: false });
  const id = await master.ask("CLUSTER", "MYID");
  await replica.ask("CLUSTER", "MEET", "127.0.0.1", master.port, master.busPort);
  const poll = { timeout: 15_000, interval: 50 };
  await expect.poll(() => replica.ask("CLUSTER", "NODES"), poll).toContain(id);
  await expect.poll(() => replica.ask("CLUSTER", "REPLICATE", String(id)).catch(() => null), poll).toBe("OK");
  await expect.poll(() => replica.ask("INFO", "replication"), poll).toContain("master_link_status:up");
  await expect.poll(() => master.ask("CLUSTER", "REPLICAS", String(id)), poll).toHaveLength(1);

  const log = await openRedisLog({ url: master.url });
  let notifications = 0;
  log.onAppend(() => {
    notifications += 1;
  });
  const sender = startSender([log]);
  await untilAcknowledgedMore(sender, 200);
  await replica.ask("CLUSTER", "FAILOVER");
  await expect.poll(() => replica.ask("ROLE"), poll).toContain("master");
  await untilAcknowledgedMore(sender, 200);
  await expectComplete(log, await sender.stop());
  expect(notifications).toBeGreaterThan(0);
  await expect.poll(() => replica.ask("CLIENT", "LIST")).toMatch(/name=portico-notify.* ssub=1/);
});

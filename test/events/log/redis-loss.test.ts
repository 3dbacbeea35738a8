import { expect, test, vi } from "vitest";
import { untilAcknowledgedMore, behindProxy, expectComplete, untilAvailable } from "../../kit/events/faulty.ts";
import { follow } from "../../kit/events/follower.ts";
import { openRedisLog } from "../../kit/events/logs.ts";
import { DEVICES, punches } from "../../kit/events/samples.ts";
import { startSender } from "../../kit/events/sender.ts";
import { withRedis } from "../../kit/with-redis.ts";
import { loggedEvents } from "../../kit/events/logged.ts";

test("acknowledged events survive crashes of Redis, in order, without losses and duplicates", {
  timeout: 40_000,
}, async () => {
  const redis = await withRedis({ appendfsync: "everysec" });
  const account = "crashes";
  const instances = [
    await openRedisLog({ url: redis.url, account }),
    await openRedisLog({ url: redis.url, account }),
  ] as const;
  const sender = startSender(instances);
  for (let crash = 1; crash <= 6; crash += 1) {
    await untilAcknowledgedMore(sender, 400);
    await redis.kill();
    await expect.poll(instances[0].problem, { interval: 2 }).not.toBeNull();
    await redis.restart();
  }
  await untilAcknowledgedMore(sender, 400);
  expect(sender.rejected()).toBeGreaterThan(6);
  await expectComplete(instances[0], await sender.stop());
});

test("events that Redis lost in a crash are restored at their offsets, by all instances that acknowledged them", async () => {
  const redis = await withRedis();
  const options = { url: redis.url, account: "forgets" };
  const instances = [await openRedisLog(options), await openRedisLog(options)] as const;
  const append = async (from: number, to: number) => {
    for (const event of punches(from, to)) await instances[Number(event.key.split(":")[1]) % 2]?.append([event]);
  };
  await append(1, 50);
  await redis.ask("SAVE");
  await append(51, 100);
  const before = await loggedEvents(instances[0], "0-0", 1_000);
  const bounds = await instances[0].bounds();
  expect(before).toHaveLength(100);
  await redis.kill();
  await redis.restart();
  const late = await openRedisLog(options);
  expect(await vi.waitFor(() => late.append(punches(100, 101)), 5_000)).toMatchObject([
    { duplicate: true, offset: bounds.latest },
    { duplicate: false },
  ]);
  await untilAvailable(instances[1]);
  expect((await loggedEvents(instances[1], "0-0", 1_000)).slice(0, 100)).toEqual(before);
  expect(await instances[1].bounds()).toMatchObject({ logId: bounds.logId, trimmed: false });
});

test("acknowledged events survive resets of the connection, in order, without losses and duplicates", async () => {
  const { proxy, url } = await behindProxy();
  const log = await openRedisLog({ url });
  const sender = startSender([log]);
  for (let reset = 1; reset <= 40; reset += 1) {
    await untilAcknowledgedMore(sender, 20);
    expect(proxy.cut()).toBeGreaterThan(0);
  }
  expect(sender.rejected()).toBeGreaterThan(40);
  await expectComplete(log, await sender.stop());
});

test("a reader sees every event although its subscription is cut repeatedly", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url });
  const keys = follow(log);
  const sender = startSender([log]);
  for (let cut = 1; cut <= 20; cut += 1) {
    await untilAcknowledgedMore(sender, 20);
    await expect.poll(() => redis.ask("CLIENT", "KILL", "TYPE", "pubsub"), { interval: 5 }).toBeGreaterThan(0);
  }
  const sent = await sender.stop();
  await expect.poll(() => keys.length, { timeout: 3_000 }).toBe(sender.acknowledged());
  for (const device of DEVICES) {
    expect(keys.filter((key) => key.startsWith(device))).toEqual(
      punches(1, sent.get(device) ?? 0, device).map(({ key }) => key),
    );
  }
});

test("scripts that Redis no longer has are sent again", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url });
  await log.append(punches(1, 1));
  await redis.ask("SCRIPT", "FLUSH");
  await Promise.all(punches(1, 20).map((event) => log.append([event])));
  expect((await loggedEvents(log, "0-0", 100)).map(({ key }) => key)).toEqual(punches(1, 20).map(({ key }) => key));
});

import { expect, onTestFinished, vi } from "vitest";
import { type EventLog } from "../../../src/events/log/log.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { withRedis } from "../with-redis.ts";
import { startProxy } from "./proxy.ts";
import { DEVICES, punches } from "./samples.ts";
import type { Sender } from "./sender.ts";
import { loggedEvents } from "./logged.ts";

/** A Redis for one test, behind a proxy that can break the connection. */
export const behindProxy = async () => {
  const redis = await withRedis();
  const proxy = await startProxy(redis.port);
  onTestFinished(proxy.stop);
  return { redis, proxy, url: `redis://127.0.0.1:${proxy.port}` };
};

/** How an operation on an unavailable log ends. */
export const rejectionOf = async (
  work: Promise<unknown>,
): Promise<{ readonly message: string; readonly milliseconds: number }> => {
  const begin = performance.now();
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreUnavailableError);
  return { message: (error as Error).message, milliseconds: performance.now() - begin };
};

export const untilAvailable = (log: EventLog) => expect.poll(log.problem, { timeout: 15_000, interval: 10 }).toBeNull();

/** Expects everything acknowledged to be in the log, once, with the events of each device in order. */
export const expectComplete = async (log: EventLog, sent: ReadonlyMap<string, number>) => {
  await untilAvailable(log);
  const found = new Map<string, string[]>();
  for (let after = "0-0"; ; ) {
    const page = await vi.waitFor(() => loggedEvents(log, after, 1_000), { timeout: 5_000, interval: 10 });
    for (const { DeviceSN, key } of page) found.set(DeviceSN, [...(found.get(DeviceSN) ?? []), key]);
    if (page.length < 1_000) break;
    after = page.at(-1)?.offset ?? after;
  }
  for (const device of DEVICES) {
    expect(found.get(device) ?? []).toEqual(punches(1, sent.get(device) ?? 0, device).map(({ key }) => key));
  }
};

/** Waits until so many more events are acknowledged. */
export const untilAcknowledgedMore = (sender: Sender, count: number) =>
  expect.poll(sender.acknowledged, { timeout: 25_000, interval: 2 }).toBeGreaterThan(sender.acknowledged() + count);

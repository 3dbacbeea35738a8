import { expect, onTestFinished, test, vi } from "vitest";
import { createHub } from "../../../src/events/hub/hub.ts";
import type { EventLog } from "../../../src/events/log/log.ts";
import { logKeysOf } from "../../../src/redis/keys.ts";
import { behindProxy, untilAvailable } from "../../kit/events/faulty.ts";
import { loggedEvents } from "../../kit/events/logged.ts";
import { createRecordingLogger, openRedisLog } from "../../kit/events/logs.ts";
import { appendNumbered, range } from "../../kit/events/numbered.ts";
import { specOf, subscribe } from "../../kit/events/sinks.ts";
import { employeeCodeOf } from "../../../src/events/event.ts";

const openHub = (log: EventLog) => {
  const hub = createHub({ log, now: Date.now, onFault: () => {} });
  onTestFinished(hub.stop);
  return hub;
};

const codes = (from: number, to: number) => range(from, to).map(String);

/** Appends as soon as the log accepts events. */
const appendWhenOpen = (log: EventLog, from: number, to: number) =>
  vi.waitFor(() => appendNumbered(log, from, to), { timeout: 10_000, interval: 10 });

/**
 * Redis keeps 1 to 10 and loses 11 to 15, which the far instance acknowledged; the near instance takes 16 to 18 before the far
 * one reaches Redis again.
 */
const loseAndComeLate = async () => {
  const { redis, proxy, url } = await behindProxy();
  const { logger, lines } = createRecordingLogger();
  const options = { account: "late" };
  const near = await openRedisLog({ ...options, url: redis.url });
  const far = await openRedisLog({ ...options, url, logger });
  const [nearSink, farSink] = [near, far].map((log) => subscribe(openHub(log), specOf("all")));
  if (nearSink === undefined || farSink === undefined) throw new Error("There must be two sinks.");
  await expect.poll(() => [nearSink, farSink].map(({ checkpoints }) => checkpoints.length)).toEqual([1, 1]);
  await appendNumbered(near, 1, 10);
  await redis.ask("SAVE");
  const kept = await near.bounds();
  await appendNumbered(far, 11, 15);
  for (const sink of [nearSink, farSink]) await expect.poll(sink.codes).toEqual(codes(1, 15));
  proxy.stall();
  await redis.kill();
  await redis.restart();
  // The near instance did not acknowledge them, and so cannot restore them.
  await appendWhenOpen(near, 16, 18);
  const stalled = await redis.ask("HLEN", logKeysOf("late").recent);
  expect(stalled).toBe(0);
  proxy.pass();
  proxy.cut();
  await untilAvailable(far);
  return { redis, near, far, nearSink, farSink, kept, lines };
};

test("what an instance acknowledged is not put back behind newer events; readers get a gap, and each event once, in order", {
  timeout: 30_000,
}, async () => {
  const { near, far, nearSink, farSink, kept, lines } = await loseAndComeLate();
  const found = (await loggedEvents(far)).map((event) => employeeCodeOf(event));
  expect(found).toEqual([...codes(1, 10), ...codes(16, 18), null]);
  expect(lines.join()).toContain("came too late");
  await appendNumbered(far, 19, 20);
  for (const sink of [nearSink, farSink]) {
    await expect.poll(() => sink.codes().at(-1), { timeout: 5_000 }).toBe("20");
    expect(sink.codes()).toEqual([...codes(1, 15), ...codes(16, 20)]);
    const gaps = sink.received.filter(({ gap }) => gap).map(({ code }) => code);
    expect(gaps.length).toBeGreaterThan(0);
  }
  // A reader that stood before the loss is told at once, because an instance was missing, and passes the entry of the gap too.
  const { logId, latest: offset } = kept;
  const back = subscribe(openHub(near), specOf("back"), { logId, offset, deliveredTags: [] });
  await expect.poll(back.codes).toEqual(codes(16, 20));
  expect(back.received.map(({ gap }) => gap)).toEqual([true, false, false, true, false]);
});

test("the gap of an instance that came late is reported once, also after further restarts", {
  timeout: 30_000,
}, async () => {
  const { redis, near, far } = await loseAndComeLate();
  for (const number of [19, 20]) {
    await redis.ask("SAVE");
    await redis.kill();
    await redis.restart();
    for (const log of [far, near]) await appendWhenOpen(log, number, number);
  }
  const found = () => loggedEvents(near).then((events) => events.map((event) => employeeCodeOf(event)), String);
  await expect.poll(found).toEqual([...codes(1, 10), ...codes(16, 18), null, "19", "20"]);
});

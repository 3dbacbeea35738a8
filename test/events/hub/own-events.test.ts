import { expect, onTestFinished, test } from "vitest";
import type { LoggedEvent } from "../../../src/events/event.ts";
import { createHub } from "../../../src/events/hub/hub.ts";
import type { EventLog } from "../../../src/events/log/log.ts";
import { loggedEvents } from "../../kit/events/logged.ts";
import { openRedisLog } from "../../kit/events/logs.ts";
import { numbered, range } from "../../kit/events/numbered.ts";
import { punches } from "../../kit/events/samples.ts";
import type { TestRedis } from "../../kit/redis.ts";
import { withRedis } from "../../kit/with-redis.ts";

/** Opens a hub that is at the end of its log; returns what it reads from then on. */
const followHub = async (log: EventLog): Promise<readonly LoggedEvent[]> => {
  const seen: LoggedEvent[] = [];
  const hub = createHub({
    log,
    now: Date.now,
    onEvent: (event) => void seen.push(event),
    onFault(error) {
      throw error;
    },
  });
  onTestFinished(hub.stop);
  await expect.poll(hub.offset).not.toBe("");
  return seen;
};

/** How often Redis ran a command so far, also within scripts. */
const callsOf = async ({ ask }: TestRedis, command: string): Promise<number> =>
  Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(String(await ask("INFO", "commandstats")))?.[1] ?? 0);

/** Each read of the log asks for its bounds by this command. */
const READ = String.raw`xinfo\|stream`;

test("the hub gets its own events without a read, as a read would return them", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url });
  const seen = await followHub(log);
  const before = await callsOf(redis, READ);
  const begin = performance.now();
  for (const number of range(1, 300)) await log.append([numbered(number)]);
  await expect.poll(() => seen.length).toBe(300);
  const ticks = Math.ceil((performance.now() - begin) / 1_000);
  // Every second the hub checks that nothing was missed; a notification may come before the answer to the append.
  expect((await callsOf(redis, READ)) - before).toBeLessThan(60 + 2 * ticks);
  expect(seen).toStrictEqual(await loggedEvents(log));
});

test("events of two instances that append at once reach both hubs completely and in the order of the log", async () => {
  const redis = await withRedis();
  const logs = await Promise.all([1, 2].map(() => openRedisLog({ url: redis.url, account: "two" })));
  const seen = await Promise.all(logs.map(followHub));
  await Promise.all(
    logs.map(async (log, instance) => {
      for (const number of range(1, 200)) {
        const first = instance * 10_000 + number * 3;
        // Of the other instance every tenth event is a repetition.
        await log.append([numbered(first), numbered(number % 10 === 0 ? number * 3 : first + 1)]);
      }
    }),
  );
  const [log] = logs;
  const all = log === undefined ? [] : await loggedEvents(log);
  expect(all.length).toBeGreaterThanOrEqual(760);
  for (const each of seen) {
    await expect.poll(() => each.length).toBe(all.length);
    expect(each).toStrictEqual(all);
  }
});

test("appends of one turn are one script, and each gets its own answer", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url });
  const seen = await followHub(log);
  const [known] = await log.append(punches(1, 1));
  const before = await callsOf(redis, "hexists");
  const answers = await Promise.all([
    log.append(punches(2, 2)),
    log.append(punches(1, 1)),
    log.append([]),
    log.append(punches(3, 5)),
    log.append(punches(4, 4)),
  ]);
  // A script asks once whether the instance is in the list of writers.
  expect((await callsOf(redis, "hexists")) - before).toBe(1);
  expect(answers.map((each) => each.map(({ duplicate }) => duplicate))).toEqual([
    [false],
    [true],
    [],
    [false, false, false],
    [true],
  ]);
  expect(answers[1]?.[0]?.offset).toBe(known?.offset);
  expect(answers[4]?.[0]?.offset).toBe(answers[3]?.[1]?.offset);
  const all = await loggedEvents(log);
  expect(all.map(({ key }) => key)).toEqual(punches(1, 5).map(({ key }) => key));
  await expect.poll(() => seen.length).toBe(5);
  expect(seen).toStrictEqual(all);
});

test("a turn of 1,000 appends runs scripts of at most 64 events, in order", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url });
  const seen = await followHub(log);
  const before = await callsOf(redis, "hexists");
  await Promise.all(punches(1, 1_000).map((event) => log.append([event])));
  expect((await callsOf(redis, "hexists")) - before).toBe(Math.ceil(1_000 / 64));
  await expect.poll(() => seen.length).toBe(1_000);
  expect(seen.map(({ key }) => key)).toEqual(punches(1, 1_000).map(({ key }) => key));
});

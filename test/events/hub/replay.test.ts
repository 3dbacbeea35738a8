import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createTestLog, EVERYTHING, openHub, specOf, subscribe } from "../../kit/events/sinks.ts";
import { appendNumbered, range } from "../../kit/events/numbered.ts";

const codes = (from: number, to: number) => range(from, to).map(String);

/** A log with numbered events, and the position before the first of them. */
const filledLog = async (count: number) => {
  const test = createTestLog();
  await appendNumbered(test.log, 1, count);
  const after = { logId: (await test.log.bounds()).logId, offset: "0-0", deliveredTags: [] };
  return { ...test, after };
};

test("a client that takes a few events at a time does not cause many more executions than it takes", async () => {
  const { log, after } = await filledLog(600);
  const hub = openHub(log);
  let executed = 0;
  const spec = specOf("slow", () => {
    executed += 1;
  });
  const slow = subscribe(hub, spec, after);
  for (let last = 3; last <= 600; last += 3) {
    slow.unblock();
    slow.block(3);
    await expect.poll(slow.codes, { timeout: 15_000 }).toEqual(codes(1, last));
  }
  slow.unblock();
  expect(executed).toBeLessThan(3 * 600);
});

test("what clients at several positions have not taken holds a bounded amount of memory, however large a result is", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { log, after } = await filledLog(600);
  const hub = openHub(log);
  const bytes = 50_000;
  const spec = {
    key: "large",
    filter: EVERYTHING,
    render: async (deliveries: readonly object[]) => deliveries.map(() => Buffer.alloc(bytes)),
  };
  const used = () => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = used();
  /** Clients that take some events, each another number, and then nothing more. */
  const taken = range(1, 10).map((number) => {
    let left = 50 * number;
    hub.subscribe(spec, after, {
      send({ events }) {
        const count = Math.min(left, events.length);
        left -= count;
        return count;
      },
      drained: () => (left > 0 ? Promise.resolve(true) : new Promise(() => {})),
      checkpoint: () => {},
      complete: () => {},
      fail: () => {},
    });
    return () => left;
  });
  await expect.poll(() => taken.every((left) => left() === 0), { timeout: 15_000 }).toBe(true);
  await expect.poll(() => used() - before, { timeout: 15_000 }).toBeLessThan(2 ** 20);
});

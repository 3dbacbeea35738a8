import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createEntityCache } from "../../src/cache/entity-cache.ts";
import type { Output } from "../../src/contract/operations.ts";
import { readAnswer } from "../../src/gateway/answer.ts";
import { exampleOf } from "../kit/events/deliver.ts";

const MIB = 1024 * 1024;
type Answer = Output<"GetAttendanceByDate">;

/** An answer of 100 punches, decoded as the client does it. */
const answerWith = (more: (row: number) => object): Answer => {
  const AttendanceLogs = Array.from({ length: 100 }, (_, row) => ({
    ...exampleOf("AttendanceNewEvent"),
    PunchID: `punch ${row}`,
    ...more(row),
  }));
  const body = Buffer.from(
    JSON.stringify({ StatusCode: 0, ReturnRowCount: 100, ActualRowCount: 100, OffSet: "", AttendanceLogs }),
  );
  const answer = { status: 200, headers: { "content-type": "application/json" }, body };
  return readAnswer(
    { operation: "GetAttendanceByDate", asked: null, commands: null } as never,
    answer,
    (text) => text,
  ) as Answer;
};

const openCache = (maxBytes: number) =>
  createEntityCache({
    maxBytes,
    now: () => 0,
    gatewayNow: () => Date.parse("2026-06-21"),
    isInformed: () => true,
    publish: async () => {},
    onDrop: () => {},
  });

const read = (cache: ReturnType<typeof openCache>, day: number, fetch: () => Answer): Promise<Answer> => {
  const date = new Date(Date.UTC(2026, 3, day)).toISOString().slice(0, 10);
  const input = { FromDate: date, ToDate: date, Limit: 500 };
  const observer = { onHit() {}, onAnswer() {} };
  return cache.read({ name: "GetAttendanceByDate", input, scope: "", ...observer, fetch: async () => fetch() });
};

const collect = (): number => {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
};

test.each<readonly [string, (row: number) => object]>([
  ["a member that is not known", (row) => ({ Thumbnail: `${row}`.padEnd(20_000, "A") })],
  ["a known member that cannot be read", (row) => ({ Temperature: { raw: `${row}`.padEnd(20_000, "A") } })],
  ["a member that is not known, of one row of them", (row) => (row === 7 ? { Thumbnail: "A".repeat(2 * MIB) } : {})],
])("the cache keeps answers, and not what else their rows had: %s", async (_name, more) => {
  const cache = openCache(8 * MIB);
  const before = collect();
  for (let day = 1; day <= 30; day += 1) await read(cache, day, () => answerWith(more));
  expect(collect() - before).toBeLessThan(8 * MIB);
  expect(cache.statistics()).toMatchObject({ entries: 30 });
  const known = await read(cache, 30, () => expect.unreachable());
  expect(JSON.stringify(known)).toBe(JSON.stringify(answerWith(more)));
  expect(known.AttendanceLogs.rejected).toBe(0);
});

test("the cache stays within its size, whichever row is the large one", async () => {
  const cache = openCache(8 * MIB);
  const before = collect();
  const name = (day: number, row: number) => (row === 7 ? { EmployeeName: `${day}`.padEnd(200_000, "日") } : {});
  for (let day = 1; day <= 30; day += 1) await read(cache, day, () => answerWith((row) => name(day, row)));
  expect(collect() - before).toBeLessThan(8 * MIB);
  expect(cache.statistics().bytes).toBeLessThanOrEqual(8 * MIB);
});

test("an answer that is nested at any depth is kept", async () => {
  const cache = openCache(8 * MIB);
  let deep: unknown = 1;
  for (let depth = 0; depth < 2_000; depth += 1) deep = [deep];
  await read(cache, 1, () => answerWith((row) => (row === 0 ? { deep } : {})));
  expect(cache.statistics().entries).toBe(1);
});

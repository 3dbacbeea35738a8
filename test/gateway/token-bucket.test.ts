import { expect, test } from "vitest";
import { GatewayError } from "../../src/gateway/errors.ts";
import { createTokenBucket } from "../../src/gateway/resilience/rate/bucket.ts";
import { createRateObserver } from "../../src/gateway/resilience/rate/observation.ts";

const FULL = { headers: null, error: undefined };
const wall = Date.parse("2026-06-21T04:00:00Z");
const headersOf = (limit: number, remaining: number, reset: number) => ({
  "x-ratelimit-limit": String(limit),
  "x-ratelimit-remaining": String(remaining),
  "x-ratelimit-reset": String(wall / 1000 + reset),
});
const refusal = (facts: object = {}) =>
  new GatewayError("UPSTREAM_RATE_LIMITED", "", { operation: "ListDevices", ...facts });

test.for<readonly [string, Parameters<ReturnType<typeof createRateObserver>>[0], object]>([
  ["an answer without headers", { headers: {}, error: undefined }, { told: null, refusedMs: null }],
  ["no answer", FULL, { told: null, refusedMs: null }],
  [
    "a header that came twice",
    { headers: { ...headersOf(40, 7, 2), "x-ratelimit-remaining": ["7", "9"] }, error: undefined },
    { told: { limit: 40, remaining: 7 }, refusedMs: null },
  ],
  [
    "more left than there is",
    { headers: { ...headersOf(40, 7, 2), "x-ratelimit-remaining": "41" }, error: undefined },
    { told: null },
  ],
  ["a bucket that is full by now", { headers: headersOf(40, 7, -1), error: undefined }, { told: { remaining: 40 } }],
  [
    "a gateway whose clock is wrong",
    { headers: { ...headersOf(40, 20, 3602), date: new Date(wall + 3_600_000).toUTCString() }, error: undefined },
    { told: { remaining: 20 } },
  ],
  [
    "429 with nothing left",
    { headers: headersOf(40, 0, 2), error: refusal({ retryAfterSeconds: 3 }) },
    { refusedMs: 3000 },
  ],
  ["429 without a word", { headers: {}, error: refusal() }, { refusedMs: 1000 }],
  [
    "429 of one operation",
    { headers: headersOf(40, 7, 2), error: refusal({ retryAfterSeconds: 3600 }) },
    { refusedMs: null },
  ],
  [
    "429 because another one runs",
    { headers: {}, error: refusal({ status: "operationInProgress" }) },
    { refusedMs: null },
  ],
])("a bucket learns the right thing from %s", ([_name, ended, lesson]) => {
  expect(createRateObserver(() => wall)(ended)).toMatchObject(lesson);
});

/** A gateway that takes so many calls a second and so many at once, tells nothing, and refuses the rest for a second. */
const simulate = (perSecond: number, burst: number, demand: number, seconds: number) => {
  let time = 0;
  let left = burst;
  const bucket = createTokenBucket({ now: () => time });
  const refused: number[] = [];
  const made: number[] = [];
  for (; time < seconds * 1000; time += 10) {
    left = Math.min(burst, left + perSecond / 100);
    const { granted } = bucket.take({ door: 0, interactive: Math.round((demand * 10) / 1000 + 0.5), bulk: 0 });
    for (let call = 0; call < granted.interactive; call += 1) {
      made.push(time);
      const isRefused = left < 1;
      if (isRefused) refused.push(time);
      else left -= 1;
      bucket.observe({ told: null, refusedMs: isRefused ? 1000 : null });
    }
  }
  const from = (times: readonly number[]) => times.filter((at) => at >= 5_000).length;
  return { share: from(refused) / from(made), perSecond: (from(made) - from(refused)) / (seconds - 5) };
};

test.for([
  [20, 40, 60],
  [20, 20, 100],
  [100, 100, 300],
  [5, 10, 50],
] as const)(
  "a limit of %i a second, %i at once, that nobody tells is found within five seconds",
  ([perSecond, burst, demand]) => {
    const found = simulate(perSecond, burst, demand, 60);
    expect(found.share).toBeLessThan(0.02);
    expect(found.perSecond).toBeGreaterThan(0.7 * perSecond);
  },
);

test("a bucket without a limit lets everything pass, but for what a refusal asks for", () => {
  let time = 0;
  const bucket = createTokenBucket({ now: () => time });
  const all = { door: 0, interactive: 1000, bulk: 1000 };
  expect(bucket.take(all).granted.interactive).toBeLessThan(5);
  bucket.observe({ told: null, refusedMs: null });
  expect(bucket.take(all).granted).toEqual(all);
  bucket.observe({ told: null, refusedMs: 3_600_000 });
  time += 3_599_000;
  expect(bucket.take({ door: 1, interactive: 1, bulk: 1 })).toMatchObject({
    granted: { door: 0, interactive: 0, bulk: 0 },
    level: { blockedMs: 1000 },
  });
});

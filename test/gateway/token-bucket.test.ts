import { expect, test } from "vitest";
import { GatewayError } from "../../src/gateway/errors.ts";
import { createTokenBucket, PRIORITIES, waitMsOf } from "../../src/gateway/resilience/rate/token-bucket.ts";
import { createRateObserver } from "../../src/gateway/resilience/rate/observation.ts";

const NO_ANSWER = { headers: null, error: undefined };
const wall = Date.parse("2026-06-21T04:00:00Z");
const headersOf = (limit: number, remaining: number, reset: number) => ({
  "x-ratelimit-limit": String(limit),
  "x-ratelimit-remaining": String(remaining),
  "x-ratelimit-reset": String(wall / 1000 + reset),
});
const refusal = (facts: object = {}) =>
  new GatewayError("UPSTREAM_RATE_LIMITED", "", { operation: "ListDevices", ...facts });

test.for<readonly [string, Parameters<ReturnType<typeof createRateObserver>>[0], object]>([
  ["an answer without headers", { headers: {}, error: undefined }, { advertised: null, retryAfterMs: null }],
  ["no answer", NO_ANSWER, { advertised: null, retryAfterMs: null }],
  [
    "a header that is sent twice",
    { headers: { ...headersOf(40, 7, 2), "x-ratelimit-remaining": ["7", "9"] }, error: undefined },
    { advertised: { limit: 40, remaining: 7 }, retryAfterMs: null },
  ],
  [
    "more calls left than the limit",
    { headers: { ...headersOf(40, 7, 2), "x-ratelimit-remaining": "41" }, error: undefined },
    { advertised: null },
  ],
  [
    "a bucket that is full already",
    { headers: headersOf(40, 7, -1), error: undefined },
    { advertised: { remaining: 40 } },
  ],
  [
    "a gateway whose clock is wrong",
    { headers: { ...headersOf(40, 20, 3602), date: new Date(wall + 3_600_000).toUTCString() }, error: undefined },
    { advertised: { remaining: 20 } },
  ],
  ...(
    [
      ["in milliseconds", wall + 2_000],
      ["in seconds from now on", 2],
      ["that no bucket has", wall / 1000 + 86_400],
      ["of the year 2100", 4_102_444_800],
      ["of the year 2001", 1_000_000_000],
    ] as const
  ).map(
    ([name, reset]) =>
      [
        `a reset ${name}`,
        { headers: { ...headersOf(40, 38, 0), "x-ratelimit-reset": String(reset) }, error: undefined },
        { advertised: { limit: 40, remaining: 38, perMs: expect.closeTo(0.02, 2) as number } },
      ] as const,
  ),
  [
    "429 with nothing left",
    { headers: headersOf(40, 0, 2), error: refusal({ retryAfterSeconds: 3 }) },
    { retryAfterMs: 3000 },
  ],
  ["429 without Retry-After", { headers: {}, error: refusal() }, { retryAfterMs: 1000 }],
  [
    "429 for one operation",
    { headers: headersOf(40, 7, 2), error: refusal({ retryAfterSeconds: 3600 }) },
    { retryAfterMs: null },
  ],
  [
    "429 because another operation is in progress",
    { headers: {}, error: refusal({ status: "operationInProgress" }) },
    { retryAfterMs: null },
  ],
])("the observation of %s is right", ([_name, call, observation]) => {
  expect(createRateObserver(() => wall)(call)).toMatchObject(observation);
});

/** Simulates a gateway with a rate and a burst that it does not advertise; it refuses calls beyond them for a second. */
const simulate = (perSecond: number, burst: number, demand: number, seconds: number) => {
  let time = 0;
  let left = burst;
  const bucket = createTokenBucket({ now: () => time });
  const refused: number[] = [];
  const sent: number[] = [];
  for (; time < seconds * 1000; time += 10) {
    left = Math.min(burst, left + perSecond / 100);
    const { granted } = bucket.take({ door: 0, interactive: Math.round((demand * 10) / 1000 + 0.5), bulk: 0 });
    for (let call = 0; call < granted.interactive; call += 1) {
      sent.push(time);
      const isRefused = left < 1;
      if (isRefused) refused.push(time);
      else left -= 1;
      bucket.observe({ advertised: null, retryAfterMs: isRefused ? 1000 : null });
    }
  }
  const from = (times: readonly number[]) => times.filter((at) => at >= 5_000).length;
  return { share: from(refused) / from(sent), perSecond: (from(sent) - from(refused)) / (seconds - 5) };
};

test.for([
  [20, 40, 60],
  [20, 20, 100],
  [100, 100, 300],
  [5, 10, 50],
] as const)(
  "a limit of %i calls per second with bursts of %i that is not advertised is found within five seconds",
  ([perSecond, burst, demand]) => {
    const found = simulate(perSecond, burst, demand, 60);
    expect(found.share).toBeLessThan(0.02);
    expect(found.perSecond).toBeGreaterThan(0.7 * perSecond);
  },
);

test("a bucket without a limit grants every call, except while a refusal blocks it", () => {
  let time = 0;
  const bucket = createTokenBucket({ now: () => time });
  const all = { door: 0, interactive: 1000, bulk: 1000 };
  expect(bucket.take(all).granted.interactive).toBeLessThan(5);
  bucket.observe({ advertised: null, retryAfterMs: null });
  expect(bucket.take(all).granted).toEqual(all);
  bucket.observe({ advertised: null, retryAfterMs: 3_600_000 });
  time += 3_599_000;
  expect(bucket.take({ door: 1, interactive: 1, bulk: 1 })).toMatchObject({
    granted: { door: 0, interactive: 0, bulk: 0 },
    state: { blockedMs: 1000 },
  });
});

test("a bucket that learned a limit that never fills up is forgotten after a minute without a call", () => {
  let time = 0;
  const bucket = createTokenBucket({ now: () => time });
  bucket.take({ door: 0, interactive: 1, bulk: 0 });
  bucket.observe({ advertised: { limit: 40, remaining: 0, perMs: 1e-12 }, retryAfterMs: null });
  const wanted = { door: 0, interactive: 30, bulk: 0 };
  for (const priority of PRIORITIES)
    expect(waitMsOf(bucket.take(wanted).state, priority, 3)).toBeLessThanOrEqual(60_000);
  time += 59_000;
  expect(bucket.take(wanted)).toMatchObject({ granted: { interactive: 0 }, state: { patienceMs: 1000 } });
  time += 1_000;
  const { granted, state } = bucket.take(wanted);
  expect(granted.interactive).toBeGreaterThan(0);
  expect(granted.interactive).toBeLessThan(6);
  expect(state.source).toBe("unknown");
  bucket.observe({ advertised: { limit: 40, remaining: 36, perMs: 0.02 }, retryAfterMs: null });
  expect(bucket.take(wanted).granted.interactive).toBeGreaterThan(25);
});

test("a bucket that lets no call go because of a Retry-After is not forgotten before it has passed", () => {
  let time = 0;
  const bucket = createTokenBucket({ now: () => time });
  const wanted = { door: 1, interactive: 1, bulk: 1 };
  bucket.take(wanted);
  bucket.observe({ advertised: { limit: 40, remaining: 0, perMs: 1e-12 }, retryAfterMs: 3_600_000 });
  time += 3_599_000;
  expect(bucket.take(wanted).granted).toEqual({ door: 0, interactive: 0, bulk: 0 });
  time += 61_000;
  expect(bucket.take(wanted).granted.interactive).toBe(1);
});

import { expect, test } from "vitest";
import { GatewayError, type GatewayErrorCode, type GatewayErrorFacts } from "../../src/gateway/errors.ts";
import type { Attempt } from "../../src/gateway/resilience/chain.ts";
import { retry } from "../../src/gateway/resilience/retry.ts";
import { createRetryBudget } from "../../src/gateway/resilience/retry-budget.ts";
import { attemptOf, READ, WRITE } from "../kit/gateway/attempts.ts";

const failure = (code: GatewayErrorCode, facts: Partial<GatewayErrorFacts> = {}) =>
  new GatewayError(code, code, { operation: "ListDevices", ...facts });

interface Scene {
  /** Errors of the first attempts; all others are answered. */
  readonly errors?: readonly (Error | undefined)[];
  readonly request?: Attempt["request"];
  /** Milliseconds from the start. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  readonly random?: number;
  readonly reserve?: number;
  readonly ratio?: number;
  /** What happens during a pause. */
  readonly onPause?: () => void;
}

/** Sends calls through the layer, in virtual time. */
const play = (scene: Scene) => {
  const { errors = [], request = READ, deadline = 10_000, signal, random = 0.5, reserve = 20, ratio = 0 } = scene;
  const [sent, pauses]: [Attempt[], number[]] = [[], []];
  let time = 1_000;
  const layer = retry({
    maxAttempts: 3,
    baseDelayMs: 100,
    budget: createRetryBudget({ ratio, reserve }),
    random: () => random,
    now: () => time,
    async sleep(ms, given) {
      expect(given).toBe(signal);
      pauses.push(ms);
      time += ms;
      scene.onPause?.();
    },
  });
  const send = layer(async (attempt) => {
    const error = errors[sent.length];
    sent.push(attempt);
    if (error !== undefined) throw error;
    return "answer";
  });
  const attempt = () => attemptOf({ request, signal, deadline: time + deadline });
  const call = () => send(attempt()).catch((error: unknown) => error);
  return { call, pauses, resends: () => sent.map(({ resends }) => resends) };
};

const [AWAY, GARBLED, LIMITED] = [
  failure("UPSTREAM_UNAVAILABLE"),
  failure("UPSTREAM_INVALID_RESPONSE"),
  failure("UPSTREAM_RATE_LIMITED"),
];

test("a read is sent up to three times, after pauses that may double, and knows how many went before it", async () => {
  const healed = play({ errors: [AWAY, GARBLED] });
  expect(await healed.call()).toBe("answer");
  expect([healed.resends(), healed.pauses]).toEqual([
    [0, 1, 2],
    [100, 200],
  ]);
  const last = failure("UPSTREAM_UNAVAILABLE");
  const failed = play({ errors: [AWAY, LIMITED, last], random: 1 });
  expect(await failed.call()).toBe(last);
  expect([failed.resends(), failed.pauses]).toEqual([
    [0, 1, 2],
    [200, 400],
  ]);
});

test("a write is sent once, whatever became of it", async () => {
  const scene = play({ errors: [AWAY], request: WRITE });
  expect(await scene.call()).toBe(AWAY);
  expect([scene.resends(), scene.pauses]).toEqual([[0], []]);
});

test.each([
  ["refused", failure("UPSTREAM_REFUSED")],
  ["not found", failure("UPSTREAM_NOT_FOUND")],
  ["not allowed", failure("UPSTREAM_NOT_ALLOWED")],
  ["refused for its token", failure("UPSTREAM_UNAUTHENTICATED")],
  ["not sent at all", failure("UPSTREAM_UNAVAILABLE", { unsent: true })],
  ["ended by a fault of the program", Object.assign(new Error("fault"), { code: "UPSTREAM_UNAVAILABLE", facts: {} })],
])("a read that was %s is not sent again", async (_, error) => {
  const scene = play({ errors: [error] });
  expect(await scene.call()).toBe(error);
  expect([scene.resends(), scene.pauses]).toEqual([[0], []]);
});

test("a read is not sent again before Retry-After, and the random pause comes on top", async () => {
  const scene = play({ errors: [failure("UPSTREAM_RATE_LIMITED", { retryAfterSeconds: 2 })], random: 0.25 });
  expect(await scene.call()).toBe("answer");
  expect(scene.pauses).toEqual([2_050]);
});

test("a read whose pause would end at its deadline or later fails at once, and takes nothing of the budget", async () => {
  const late = play({ errors: [AWAY, AWAY], deadline: 100, reserve: 1 });
  expect(await late.call()).toBe(AWAY);
  expect(late.pauses).toEqual([]);
  const both = play({ errors: [AWAY], deadline: 101, reserve: 1 });
  expect(await both.call()).toBe("answer");
  expect(both.pauses).toEqual([100]);
});

test("a read whose caller has gone is not sent again", async () => {
  const gone = play({ errors: [AWAY], signal: AbortSignal.abort() });
  expect(await gone.call()).toBe(AWAY);
  expect([gone.resends(), gone.pauses]).toEqual([[0], []]);
  const leaving = new AbortController();
  const during = play({ errors: [AWAY], signal: leaving.signal, onPause: () => leaving.abort() });
  expect(await during.call()).toBe(AWAY);
  expect([during.resends(), during.pauses]).toEqual([[0], [100]]);
  const staying = play({ errors: [AWAY], signal: new AbortController().signal });
  expect(await staying.call()).toBe("answer");
});

test("without budget a read fails with its first error; each call adds its part, however it ends", async () => {
  // The reserve of one is used up by the first call; the parts of two calls pay for the next retry.
  const scene = play({ errors: [AWAY, LIMITED, GARBLED, AWAY], reserve: 1, ratio: 0.5 });
  expect(await scene.call()).toBe(LIMITED);
  expect(scene.resends()).toEqual([0, 1]);
  expect(await scene.call()).toBe(GARBLED);
  expect(scene.resends()).toEqual([0, 1, 0]);
  expect(await scene.call()).toBe("answer");
  expect(scene.resends()).toEqual([0, 1, 0, 0, 1]);
});

test("an answered call adds its part of a retry, its second attempt does not", async () => {
  const scene = play({ errors: [AWAY, undefined, undefined, AWAY], reserve: 1, ratio: 0.5 });
  expect([await scene.call(), await scene.call(), await scene.call()]).toEqual(["answer", "answer", "answer"]);
  expect(scene.resends()).toEqual([0, 1, 0, 0, 1]);
  const sooner = play({ errors: [AWAY, undefined, AWAY], reserve: 1, ratio: 0.5 });
  expect([await sooner.call(), await sooner.call()]).toEqual(["answer", AWAY]);
});

test("a budget has its reserve at the start and at most, and a retry takes a whole one", () => {
  const budget = createRetryBudget({ ratio: 0.25, reserve: 2 });
  const takes = (count: number) => Array.from({ length: count }, () => budget.withdraw());
  for (let call = 0; call < 100; call += 1) budget.deposit();
  expect(takes(3)).toEqual([true, true, false]);
  for (let call = 0; call < 3; call += 1) budget.deposit();
  expect(takes(1)).toEqual([false]);
  budget.deposit();
  expect(takes(2)).toEqual([true, false]);
});

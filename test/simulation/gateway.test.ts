import { expect } from "vitest";
import type { Priority } from "../../src/contract/operation.ts";
import { GatewayError } from "../../src/gateway/errors.ts";
import { encodeRequest } from "../../src/gateway/request.ts";
import { createBreaker } from "../../src/gateway/resilience/breaker/breaker.ts";
import { type Attempt, chain, type Send } from "../../src/gateway/resilience/chain.ts";
import { createRateLimiter } from "../../src/gateway/resilience/rate/rate-limiter.ts";
import { createTokenBucket } from "../../src/gateway/resilience/rate/token-bucket.ts";
import { simulate, type World } from "./world.ts";

const PRIORITIES: readonly [Priority, ...Priority[]] = ["door", "interactive", "bulk"];
const DEADLINE_MS = 2_000;
const PROBE_MS = 1_000;
/** The longest time that passes at once. */
const STEP_MS = 100;

/** A gateway with a rate limit, which can be away. It counts what it gets. */
const createGateway = (world: World, perSecond: number, burst: number, isAdvertised: boolean) => {
  const sent: { readonly at: number; readonly isRefused: boolean; readonly isAway: boolean }[] = [];
  let [tokens, filledAt] = [burst, world.now()];
  let isAway = false;
  const headersOf = () => ({
    "x-ratelimit-limit": String(burst),
    "x-ratelimit-remaining": String(Math.max(0, Math.floor(tokens))),
    "x-ratelimit-reset": String(Math.ceil(world.now() / 1_000 + (burst - tokens) / perSecond)),
  });
  const send: Send = async (attempt) => {
    tokens = Math.min(burst, tokens + ((world.now() - filledAt) * perSecond) / 1_000);
    filledAt = world.now();
    const isRefused = !isAway && tokens < 1;
    sent.push({ at: world.now(), isRefused, isAway });
    if (!isAway && !isRefused) tokens -= 1;
    const facts = { operation: attempt.request.operation };
    if (isAway) throw new GatewayError("UPSTREAM_UNAVAILABLE", "", { ...facts, fault: "unreachable" });
    if (isAdvertised) attempt.onHeaders?.(headersOf());
    if (isRefused) throw new GatewayError("UPSTREAM_RATE_LIMITED", "", { ...facts, retryAfterSeconds: 1 });
    return "answer";
  };
  return {
    sent,
    send,
    setAway(value: boolean) {
      isAway = value;
    },
  };
};

interface Call {
  readonly startedAt: number;
  endedAt: number | null;
  error: GatewayError | null;
}

/** The layers in front of the gateway, in the order in which the client builds them. */
const createClient = (world: World, send: Send) => {
  const breaker = createBreaker({
    windowMs: 1_000,
    minCalls: 10,
    failureRatio: 0.5,
    minOutageMs: 250,
    maxConsecutiveFailures: 5,
    probeIntervalMs: PROBE_MS,
    minAttemptMs: 1_000,
    now: world.now,
  });
  const bucket = createTokenBucket({ now: world.now });
  const limiter = createRateLimiter({
    bucketOf: () => bucket,
    isOpen: breaker.isOpen,
    now: world.now,
    wallClock: world.now,
    random: world.random,
  });
  breaker.onOpen(limiter.recheck);
  const layers = chain([breaker.failFast, limiter.layer, breaker.track], send);
  const calls: Call[] = [];
  return {
    breaker,
    limiter,
    calls,
    call(priority: Priority) {
      const call: Call = { startedAt: world.now(), endedAt: null, error: null };
      calls.push(call);
      const attempt: Attempt = {
        request: encodeRequest("ListDevices", { Limit: 1 }),
        priority,
        cacheScope: undefined,
        token: "token",
        signal: undefined,
        deadline: world.now() + DEADLINE_MS,
        serverWaitMs: 0,
        resends: 0,
        span: undefined,
        onRequest: undefined,
        onHeaders: undefined,
      };
      layers(attempt).then(
        () => void (call.endedAt = world.now()),
        (error: GatewayError) => {
          call.endedAt = world.now();
          call.error = error;
        },
      );
    },
  };
};

/** Makes about so many calls a second, for some virtual time. */
const load = async (
  world: World,
  client: ReturnType<typeof createClient>,
  perSecond: number,
  seconds: number,
): Promise<void> => {
  for (let left = seconds * 1_000; left > 0; ) {
    const pause = world.int(1, STEP_MS);
    for (let calls = (pause * perSecond) / 1_000; world.random() < calls; calls -= 1)
      client.call(world.pick(PRIORITIES));
    await world.proceed(0);
    world.advance(pause);
    await world.settle();
    left -= pause;
  }
};

const expectEveryCallEnds = async (world: World, client: ReturnType<typeof createClient>): Promise<void> => {
  for (let passed = 0; passed <= DEADLINE_MS; passed += STEP_MS) {
    world.advance(STEP_MS);
    await world.settle();
  }
  const isLate = ({ startedAt, endedAt }: Call) => (endedAt ?? Infinity) - startedAt > DEADLINE_MS + STEP_MS;
  const late = client.calls.filter(isLate);
  expect(late, "calls that did not end by their deadline").toEqual([]);
  expect(client.limiter.waiting(), "calls that wait").toBe(0);
};

simulate(
  "every call ends by its deadline, and the gateway refuses hardly any, whatever its limit is",
  async (world) => {
    const perSecond = world.pick([5, 20, 60]);
    const gateway = createGateway(world, perSecond, perSecond * world.int(1, 3), true);
    const client = createClient(world, gateway.send);
    await load(world, client, perSecond * world.pick([0.3, 1, 3]), 4);
    await expectEveryCallEnds(world, client);
    const refused = gateway.sent.filter(({ isRefused }) => isRefused).length;
    expect(refused, `refusals among ${gateway.sent.length} calls`).toBeLessThanOrEqual(2 + gateway.sent.length / 20);
    const failed = client.calls.filter(({ error }) => error !== null && error.code !== "UPSTREAM_RATE_LIMITED");
    expect(failed, "calls that failed for another reason than the limit").toEqual([]);
  },
);

simulate(
  "while the gateway is away only probes are sent, and calls pass again soon after it is back",
  async (world) => {
    const gateway = createGateway(world, 1_000, 1_000, false);
    const client = createClient(world, gateway.send);
    await load(world, client, 50, 1);
    expect(client.breaker.isOpen(), "an open circuit without a failure").toBe(false);
    gateway.setAway(true);
    await load(world, client, 50, world.int(2, 6));
    expect(client.breaker.isOpen(), "an open circuit").toBe(true);
    const before = gateway.sent.length;
    const seconds = world.int(2, 6);
    await load(world, client, 50, seconds);
    // One a second for doors, and one for all others.
    expect(gateway.sent.length - before, `probes in ${seconds} s`).toBeLessThanOrEqual(2 * (seconds + 1));
    gateway.setAway(false);
    await load(world, client, 50, 2);
    expect(client.breaker.isOpen(), "an open circuit after the outage").toBe(false);
    const failures = client.calls.filter(({ error }) => error !== null).length;
    await load(world, client, 50, 1);
    expect(client.calls.filter(({ error }) => error !== null).length, "failures after the outage").toBe(failures);
    await expectEveryCallEnds(world, client);
  },
);

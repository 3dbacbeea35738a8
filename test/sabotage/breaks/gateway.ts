import type { Break } from "../break.ts";

const NORMAL = ["test/gateway/normal-path.test.ts", "test/gateway/coalesce.test.ts"];
const RATE = ["test/gateway/token-bucket.test.ts", "test/gateway/rate-limiter.test.ts"];
const OUTAGE = ["test/gateway/resilience.test.ts"];
const CACHE = ["test/cache/entity-cache.test.ts", "test/cache/answer-store.test.ts", "test/cache/current.test.ts"];

/** Promises about calls of the gateway, and about answers that are kept. */
export const GATEWAY_BREAKS: readonly Break[] = [
  {
    title: "pages without a readable row are read without an end",
    file: "src/schema/kernel/connection.ts",
    from: "if (isEmpty) emptyPages += 1;",
    to: "if (emptyPages > 100) emptyPages += 1;",
    tests: ["test/schema/endless-pages.test.ts"],
  },
  {
    title: "a long number in an answer is rounded to the code of another person",
    file: "src/contract/json.ts",
    from: "hasLongNumber(text) ?",
    to: "text.length < 0 ?",
    tests: ["test/stories/codes.test.ts"],
  },
  {
    title: "the zone of a time in an answer is dropped",
    file: "src/contract/values.ts",
    from: "readWallClock(row?.[time])?.offset ?? null",
    to: "(row?.[time] === 0 ? null : null)",
    tests: ["test/stories/one-object.test.ts"],
  },
  {
    title: "requests are shared across scopes",
    file: "src/gateway/resilience/coalesce.ts",
    from: "${attempt.request.path} ${attempt.cacheScope}`",
    to: "${attempt.request.path}`",
    tests: NORMAL,
  },
  {
    title: "a read joins a request from before a write",
    file: "src/gateway/normal-path.ts",
    from: "if (!this.#isRead) this.#options.coalescer.renew();",
    to: "",
    tests: NORMAL,
  },
  {
    title: "no alarm goes off",
    file: "src/gateway/resilience/timer-wheel.ts",
    from: "for (const { onTime } of slots.get(slot) ?? []) onTime();",
    to: "",
    tests: NORMAL,
  },
  {
    title: "aborts are not heard",
    file: "src/gateway/resilience/abort-hooks.ts",
    from: "for (const hook of hooks) hook();",
    to: "",
    tests: NORMAL,
  },
  {
    title: "retries have no budget",
    file: "src/gateway/resilience/retry-budget.ts",
    from: "if (balance < 1) return false;",
    to: "",
    tests: OUTAGE,
  },
  {
    title: "the circuit of the gateway never opens",
    file: "src/gateway/resilience/breaker/breaker.ts",
    from: "if (slidingWindow.isFailing()) open();",
    to: "",
    tests: ["test/simulation/gateway.test.ts"],
  },
  {
    title: "an open circuit lets every call pass",
    file: "src/gateway/resilience/breaker/breaker.ts",
    from: "if (!circuits.every((circuit) => circuit.allows(attempt.priority))) throw breakerOpen(attempt);",
    to: "",
    tests: ["test/simulation/gateway.test.ts"],
  },
  {
    title: "a circuit that is open never closes",
    file: "src/gateway/resilience/breaker/breaker.ts",
    from: "      gateway.close();\n",
    to: "",
    tests: ["test/simulation/gateway.test.ts", ...OUTAGE],
  },
  {
    title: "calls go while the gateway refuses all of them",
    file: "src/gateway/resilience/rate/token-bucket.ts",
    from: "if (wanted === 0 || state.blockedUntil > state.at) return 0;",
    to: "if (wanted === 0) return 0;",
    tests: RATE,
  },
  {
    title: "a call that goes takes no token",
    file: "src/gateway/resilience/rate/token-bucket.ts",
    from: "state.tokens -= granted * current.cost;",
    to: "",
    tests: [...RATE, "test/simulation/gateway.test.ts"],
  },
  {
    title: "a call waits for its token beyond its deadline",
    file: "src/gateway/resilience/rate/rate-limiter.ts",
    from: "const turn = this.#queues[priority].wait(attempt, deadline - answerMs, onDeadline);",
    to: "const turn = this.#queues[priority].wait(attempt, deadline + 60_000, onDeadline);",
    tests: ["test/simulation/gateway.test.ts", ...RATE],
  },
  {
    title: "calls that hang in one compartment take all room",
    file: "src/gateway/resilience/bulkhead.ts",
    from: 'const keyOf = (attempt: Attempt) => `${attempt.request.device ?? ""} ${attempt.priority} ${isRead(attempt)}`;',
    to: 'const keyOf = (attempt: Attempt) => (isRead(attempt) ? "" : "");',
    tests: OUTAGE,
  },
  {
    title: "the rights are left out of the key of the cache",
    file: "src/cache/entity-cache.ts",
    from: "const key = JSON.stringify([scope, name, input]);",
    to: "const key = JSON.stringify([scope === null, name, input]);",
    tests: CACHE,
  },
  {
    title: "the input is left out of the key of the cache",
    file: "src/cache/entity-cache.ts",
    from: "const key = JSON.stringify([scope, name, input]);",
    to: "const key = JSON.stringify([scope, name]);",
    tests: CACHE,
  },
  {
    title: "an event drops nothing from the cache",
    file: "src/cache/entity-cache.ts",
    from: "drop({ tags: tagsOfEvent(event), unsettledMs: 0 });",
    to: "tagsOfEvent(event);",
    tests: CACHE,
  },
  {
    title: "a write drops nothing from the cache",
    file: "src/cache/cached-calls.ts",
    from: "await cache.written(name, input, true);",
    to: "",
    tests: CACHE,
  },
  {
    title: "a read that began before a change fills the cache",
    file: "src/cache/answer-store.ts",
    from: "if (changed === null || tags.some((tag) => changed.has(tag) || (held.get(tag) ?? 0) > begin)) return false;",
    to: "",
    tests: CACHE,
  },
  {
    title: "an answer is kept forever",
    file: "src/cache/answer-store.ts",
    from: "if (now() >= entry.expiresAt) {",
    to: "if (now() >= entry.expiresAt * 1_000) {",
    tests: CACHE,
  },
  {
    title: "an answer is used while changes do not reach this process",
    file: "src/cache/entity-cache.ts",
    from: "if (!isInformed()) {",
    to: "if (!isInformed() && false) {",
    tests: CACHE,
  },
];

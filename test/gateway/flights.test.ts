import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { encodeRequest } from "../../src/gateway/request.ts";
import type { Attempt, RequestTrace } from "../../src/gateway/resilience/chain.ts";
import { createCoalescer } from "../../src/gateway/resilience/coalesce.ts";
import { attemptOf, WRITE } from "../kit/gateway/attempts.ts";

const GONE = "ListDevices was cancelled because its caller went away.";
const TRACE: RequestTrace = { operation: "ListDevices", startedAt: 0, milliseconds: 1, status: 200, resends: 0 };

/** A coalescer over a gateway that answers when the test says so. */
const open = () => {
  const sent: {
    readonly attempt: Attempt;
    readonly resolve: (answer: unknown) => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  const coalescer = createCoalescer({ maxDeadlineGapMs: 100 });
  const send = coalescer.layer((attempt) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    sent.push({ attempt, resolve, reject });
    return promise;
  });
  const call = (more: Partial<Attempt> = {}) =>
    send(attemptOf({ cacheScope: "scope", ...more })).catch((error: unknown) => (error as Error).message);
  return { ...coalescer, sent, call };
};

test("equal reads that are in flight at once are sent once, and later ones again", async () => {
  const { sent, call } = open();
  const calls = [call(), call({ token: "other" }), call()];
  expect(sent).toHaveLength(1);
  sent[0]?.resolve("first");
  expect(await Promise.all(calls)).toEqual(["first", "first", "first"]);
  const next = call();
  expect(sent).toHaveLength(2);
  sent[1]?.reject(new Error("second"));
  expect(await next).toBe("second");
  void call();
  expect(sent).toHaveLength(3);
});

test("reads of another scope, priority or path are sent by themselves, and those without a scope share with nobody", () => {
  const { sent, call, keyOf } = open();
  const others: readonly Partial<Attempt>[] = [
    {},
    { cacheScope: "other" },
    { priority: "bulk" },
    { request: encodeRequest("ListDevices", { Limit: 2 }) },
    { cacheScope: undefined },
    { cacheScope: undefined },
  ];
  for (const other of others) void call(other);
  expect(sent).toHaveLength(6);
  const keys = others.map((other) => keyOf(attemptOf({ cacheScope: "scope", ...other })));
  expect(new Set(keys.slice(0, 4)).size).toBe(4);
  expect(keys.slice(4)).toEqual([null, null]);
  expect(keyOf(attemptOf({ cacheScope: "scope", request: WRITE }))).toBeNull();
});

test("a read does not join one whose deadline is more than the gap before its own", async () => {
  const { sent, call } = open();
  const first = call({ deadline: 1_000 });
  void call({ deadline: 1_100 });
  void call({ deadline: 500 });
  expect(sent).toHaveLength(1);
  const second = call({ deadline: 1_101 });
  expect(sent).toHaveLength(2);
  // The end of the first one does not take the place of the second.
  sent[0]?.resolve("first");
  expect(await first).toBe("first");
  void call({ deadline: 1_101 });
  expect(sent).toHaveLength(2);
  sent[1]?.resolve("second");
  expect(await second).toBe("second");
});

test.each(["answer", "failure"])("after the %s of a write no read joins one that began before", async (end) => {
  const { sent, call, generation } = open();
  const before = call();
  const write = call({ request: WRITE });
  void call();
  expect([sent.length, generation()]).toEqual([2, 0]);
  if (end === "answer") sent[1]?.resolve(end);
  else sent[1]?.reject(new Error(end));
  expect(await write).toBe(end);
  expect(generation()).toBe(1);
  const after = call();
  expect(sent).toHaveLength(3);
  sent[0]?.resolve("old");
  sent[2]?.resolve("new");
  expect([await before, await after]).toEqual(["old", "new"]);
});

test("a write is sent as it is, also beside an equal one", () => {
  const { sent, call } = open();
  const attempt = attemptOf({ request: WRITE, cacheScope: "scope" });
  for (let time = 0; time < 2; time += 1) void call(attempt);
  expect(sent.map((each) => each.attempt)).toEqual([attempt, attempt]);
});

test("each caller hears of every request, those before it came included, as long as it waits", async () => {
  const { sent, call } = open();
  const heard: string[] = [];
  const hear = (name: string) => ({ onRequest: ({ resends }: RequestTrace) => void heard.push(`${name} ${resends}`) });
  const leaving = new AbortController();
  void call(hear("a"));
  void call({ ...hear("b"), signal: leaving.signal });
  void call();
  sent[0]?.attempt.onRequest?.(TRACE);
  leaving.abort();
  const silent = call();
  void call(hear("c"));
  sent[0]?.attempt.onRequest?.({ ...TRACE, resends: 1 });
  expect(heard).toEqual(["a 0", "b 0", "c 0", "a 1", "c 1"]);
  sent[0]?.resolve("answer");
  expect(await silent).toBe("answer");
});

test("a caller that goes ends its own call; the request is cancelled when the last one has gone", async () => {
  const { sent, call } = open();
  const callers = [1, 2].map(() => new AbortController());
  const [first, second] = callers.map(({ signal }) => call({ signal }));
  callers[0]?.abort();
  expect(await first).toBe(GONE);
  expect(sent[0]?.attempt.signal?.aborted).toBe(false);
  expect(await call({ signal: AbortSignal.abort() })).toBe(GONE);
  expect(sent[0]?.attempt.signal?.aborted).toBe(false);
  callers[1]?.abort();
  expect(await second).toBe(GONE);
  expect(sent[0]?.attempt.signal?.aborted).toBe(true);
  // Nobody joins what is cancelled.
  const later = call();
  expect(sent).toHaveLength(2);
  sent[1]?.resolve("later");
  expect(await later).toBe("later");
});

test("a failure that nobody waits for any more is no unhandled rejection, and no listener stays", async () => {
  const unheard: unknown[] = [];
  const note = (error: unknown) => unheard.push(error);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  const { sent, call } = open();
  const caller = new AbortController();
  const gone = call({ signal: caller.signal });
  caller.abort();
  await gone;
  sent[0]?.reject(new Error("late"));
  expect(await call({ signal: AbortSignal.abort() })).toBe(GONE);
  sent[1]?.reject(new Error("late"));
  const staying = new AbortController();
  const answered = call({ signal: staying.signal });
  expect(getEventListeners(staying.signal, "abort")).toHaveLength(1);
  sent[2]?.resolve("answer");
  expect(await answered).toBe("answer");
  await setImmediate();
  expect(getEventListeners(staying.signal, "abort")).toEqual([]);
  expect(unheard).toEqual([]);
});

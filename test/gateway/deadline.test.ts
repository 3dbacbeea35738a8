import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Send } from "../../src/gateway/resilience/chain.ts";
import { deadline } from "../../src/gateway/resilience/deadline.ts";
import { attemptOf, WRITE } from "../kit/gateway/attempts.ts";

const NOW = 5_000;
const LATE = "The gateway did not answer in time on ListDevices.";
const GONE = "ListDevices was cancelled because its caller went away.";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
});

/** The layer over a gateway that answers when the test says so. */
const open = () => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const send = vi.fn<Send>(() => promise);
  return { layer: deadline({ now: () => NOW })(send), send, resolve, reject };
};

/** What has become of a call so far. */
const follow = (call: Promise<unknown>) => {
  const seen: unknown[] = [];
  call.then(
    (answer) => seen.push(answer),
    (error: unknown) => seen.push((error as Error).message),
  );
  return async () => {
    await vi.advanceTimersByTimeAsync(0);
    return seen;
  };
};

test.each([
  ["read", attemptOf({ deadline: NOW }), LATE],
  ["read of the past", attemptOf({ deadline: NOW - 1 }), LATE],
  ["write", attemptOf({ request: WRITE, deadline: NOW }), LATE.replace("ListDevices", "OpenDoor")],
  ["read whose caller has gone", attemptOf({ deadline: NOW + 1, signal: AbortSignal.abort() }), GONE],
])("a %s without time left is not sent", async (_, attempt, message) => {
  const { layer, send } = open();
  await expect(layer(attempt)).rejects.toMatchObject({ code: "UPSTREAM_UNAVAILABLE", message });
  expect(send).not.toHaveBeenCalled();
});

test("a read ends 50 ms after its deadline, so that what is below can say why it ended", async () => {
  const { layer, send } = open();
  const attempt = attemptOf({ deadline: NOW + 100 });
  const seen = follow(layer(attempt));
  expect(send).toHaveBeenCalledExactlyOnceWith(attempt);
  await vi.advanceTimersByTimeAsync(149);
  expect(await seen()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await seen()).toEqual([LATE]);
});

test("a read ends when its caller goes, and a write does not end before its answer", async () => {
  const read = open();
  const caller = new AbortController();
  const reading = follow(read.layer(attemptOf({ deadline: NOW + 100, signal: caller.signal })));
  caller.abort();
  expect(await reading()).toEqual([GONE]);
  const write = open();
  const writing = follow(write.layer(attemptOf({ request: WRITE, deadline: NOW + 100 })));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await writing()).toEqual([]);
  write.resolve("answer");
  expect(await writing()).toEqual(["answer"]);
});

test.each(["answer", "failure"])("after its %s a read leaves neither a timer nor a listener", async (end) => {
  const { layer, resolve, reject } = open();
  const { signal } = new AbortController();
  const seen = follow(layer(attemptOf({ deadline: NOW + 100, signal })));
  expect([vi.getTimerCount(), getEventListeners(signal, "abort").length]).toEqual([1, 1]);
  if (end === "answer") resolve(end);
  else reject(new Error(end));
  expect(await seen()).toEqual([end]);
  expect([vi.getTimerCount(), getEventListeners(signal, "abort").length]).toEqual([0, 0]);
});

test("a read without a signal ends without an unhandled rejection", async () => {
  const unheard: unknown[] = [];
  const note = (error: unknown) => unheard.push(error);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  const { layer, resolve } = open();
  const call = layer(attemptOf({ deadline: NOW + 100 }));
  resolve("answer");
  expect(await call).toBe("answer");
  await setImmediate();
  expect([unheard, vi.getTimerCount()]).toEqual([[], 0]);
});

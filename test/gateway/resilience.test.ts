import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createRetryBudget } from "../../src/gateway/resilience/retry-budget.ts";
import { startLoad } from "../kit/gateway/load.ts";
import { failureOf, GATE, openClient, openSandbox, outcome, SIDE } from "../kit/gateway/upstream.ts";
import { startPortico } from "../kit/portico/app.ts";

const STATUS = `{ gateway { available } }`;

interface Status {
  readonly gateway: { readonly available: boolean };
}

test("the pauses before a read is sent again are random, the second up to twice as long as the first", async () => {
  const sandbox = await openSandbox();
  const draws = [0, 0.5, 0.25, 0.75, 0.9, 0.1];
  const random = draws.values();
  const client = openClient(sandbox, { random: () => random.next().value ?? 0 });
  for (let index = 0; index < draws.length; index += 2) {
    const since = sandbox.ledger.marker();
    sandbox.faults.add({ kind: "5xx", status: 500, times: 2, operation: "ListDevices" });
    await client.call("ListDevices", { Limit: 1 });
    const times = sandbox.ledger.entries({ since }).map(({ realAt }) => realAt);
    expect(times).toHaveLength(3);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const drawn = [(draws[index] ?? 0) * 200, (draws[index + 1] ?? 0) * 400];
    for (const [retry, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual((drawn[retry] ?? 0) - 2);
      expect(pause).toBeLessThan((drawn[retry] ?? 0) + 90);
    }
  }
});

test("a retry waits for a Retry-After that is a date", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  sandbox.faults.add({ kind: "429", retryAfter: 2, asDate: true, operation: "ListDevices" });
  await client.call("ListDevices", { Limit: 1 });
  const [first, second] = sandbox.ledger.entries();
  expect((second?.realAt ?? 0) - (first?.realAt ?? 0)).toBeGreaterThan(1000);
});

test("retries are limited to a tenth of the calls and a small reserve", () => {
  const budget = createRetryBudget({ ratio: 0.1, reserve: 20 });
  let retries = 0;
  for (let call = 0; call < 1000; call += 1) {
    budget.deposit();
    for (let attempt = 0; attempt < 2; attempt += 1) if (budget.withdraw()) retries += 1;
  }
  expect(retries).toBeLessThanOrEqual(0.1 * 1000 + 20);
  expect(retries).toBeGreaterThanOrEqual(0.1 * 1000);
});

test("an outage opens the breaker within a second, adds at most a tenth to the load, and ends by itself", {
  timeout: 30_000,
}, async () => {
  const portico = await startPortico({}, { GATEWAY_CACHE_MB: "0" });
  const { sandbox } = portico;
  const users = [...sandbox.gateway.world.users.keys()];
  const isAvailable = async () => (await portico.ask<Status, object>(STATUS)).data.gateway.available;
  const ready = async () => {
    const response = await fetch(`${portico.url}/health/ready`);
    return [response.status, ((await response.json()) as { warnings: readonly string[] }).warnings];
  };
  const load = startLoad(80, async (count) => {
    const { errors } = await portico.ask(`query ($code: String!) { user(employeeCode: $code) { name } }`, {
      code: users[count % users.length],
    });
    return (errors?.[0]?.extensions["code"] as string | undefined) ?? "answered";
  });
  onTestFinished(load.stop);
  await expect.poll(load.count, { timeout: 5_000 }).toBeGreaterThan(80);

  const [since, before] = [sandbox.ledger.marker(), load.count()];
  sandbox.faults.add({ kind: "5xx", status: 503, times: null });
  const outageAt = Date.now();
  await expect.poll(isAvailable, { interval: 10, timeout: 5_000 }).toBe(false);
  expect(Date.now() - outageAt).toBeLessThan(1_000);
  const openedAt = Date.now();
  await sleep(3_200);
  expect([await isAvailable(), await ready()]).toEqual([false, [200, ["The gateway did not answer the last call."]]]);
  const [asked, reached] = [load.count() - before, sandbox.ledger.entries({ since }).length];
  expect(reached).toBeLessThan(asked * 1.1);
  // Requests that were in flight when it opened have arrived by then.
  const times = sandbox.ledger.entries({ since }).map(({ realAt }) => realAt);
  const probes = times.filter((time) => time > openedAt + 200);
  expect(probes.length).toBeGreaterThanOrEqual(2);
  for (const [index, time] of probes.slice(1).entries()) expect(time - (probes[index] ?? 0)).toBeGreaterThan(950);

  sandbox.faults.clear();
  const recoveredAt = Date.now();
  await expect.poll(isAvailable, { interval: 10, timeout: 5_000 }).toBe(true);
  expect(Date.now() - recoveredAt).toBeLessThan(2_000);
  await expect.poll(ready, { timeout: 2_000, interval: 50 }).toEqual([200, []]);
  load.stop();
  expect((await load.ended)["UPSTREAM_UNAVAILABLE"]).toBeGreaterThan(150);
});

test("a gateway that hangs opens the breaker within about a second, long before a request times out", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  const load = startLoad(100, () => outcome(client.call("ListDevices", { Limit: 1 })));
  onTestFinished(load.stop);
  await expect.poll(load.count, { timeout: 5_000 }).toBeGreaterThan(50);
  sandbox.faults.add({ kind: "hang", times: null });
  const began = Date.now();
  await expect.poll(() => client.health().available, { interval: 10, timeout: 4_000 }).toBe(false);
  expect(Date.now() - began).toBeLessThan(1_500);
  expect((await failureOf(client.call("ListDevices", { Limit: 1 }))).facts.unsent).toBe(true);
  sandbox.faults.clear();
  await expect.poll(() => client.health().available, { interval: 10, timeout: 4_000 }).toBe(true);
  load.stop();
  await load.ended;
});

test("refusals and unreadable bodies do not open the breaker", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  const unknown = Array.from({ length: 30 }, (_, index) => client.call("FindUser", { EmployeeCode: `X${index}` }));
  expect(new Set(await Promise.all(unknown.map(outcome)))).toEqual(new Set(["UPSTREAM_NOT_FOUND"]));
  for (const kind of ["unauthenticated", "429", "html"] as const) {
    sandbox.faults.add({ kind, retryAfter: 3600, times: null });
    await Promise.all(Array.from({ length: 30 }, () => outcome(client.call("ListDevices", { Limit: 1 }))));
    expect(client.health().available).toBe(true);
    sandbox.faults.clear();
  }
  expect(await outcome(client.call("ListDevices", { Limit: 1 }))).toBe("answered");
});

test("a broken device fails fast, and the others are answered", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  sandbox.faults.add({ kind: "5xx", status: 500, times: null, device: GATE });
  for (let call = 0; call < 20; call += 1) {
    expect(await outcome(client.call("GetDeviceInfo", { DeviceSN: GATE }))).toBe("UPSTREAM_UNAVAILABLE");
    expect(await outcome(client.call("GetDeviceInfo", { DeviceSN: SIDE }))).toBe("answered");
  }
  expect(client.health().available).toBe(true);
  expect(sandbox.ledger.entries().filter(({ http }) => http === 500).length).toBeLessThan(15);
  sandbox.faults.clear();
  await expect
    .poll(() => outcome(client.call("GetDeviceInfo", { DeviceSN: GATE })), { timeout: 3_000 })
    .toBe("answered");
});

test("while the breaker is open one door command a second is sent, without a retry; other commands are not sent", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  sandbox.faults.add({ kind: "5xx", status: 503, times: null });
  const load = startLoad(60, () => outcome(client.call("ListDevices", { Limit: 1 })));
  onTestFinished(load.stop);
  await expect.poll(() => client.health().available, { timeout: 5_000 }).toBe(false);
  load.stop();
  await load.ended;
  const open = () => failureOf(client.call("OpenDoor", { DeviceSN: GATE, Wait: 0 }));
  const [first, second] = [await open(), await open()];
  expect([first.facts.unsent, first.facts.ambiguous]).toEqual([undefined, true]);
  expect([second.facts.unsent, second.facts.ambiguous]).toEqual([true, undefined]);
  const sync = await failureOf(client.call("SyncDeviceTime", { DeviceSN: SIDE, Wait: 0 }));
  expect(sync.facts.unsent).toBe(true);
  expect(sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(1);
  expect(sandbox.ledger.entries({ operation: "SyncDeviceTime" })).toHaveLength(0);
});

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

test("a device that hangs takes eight requests and does not slow down the others", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  const healthy = [...sandbox.gateway.world.devices.keys()].filter((serial) => serial !== GATE);
  const pace = async (): Promise<readonly number[]> => {
    const times: number[] = [];
    const load = startLoad(100, async (count) => {
      const began = performance.now();
      const result = await outcome(client.call("GetDeviceInfo", { DeviceSN: healthy[count % healthy.length] ?? "" }));
      times.push(performance.now() - began);
      return result;
    });
    await expect.poll(load.count, { timeout: 10_000 }).toBeGreaterThan(150);
    load.stop();
    expect(Object.keys(await load.ended)).toEqual(["answered"]);
    return times;
  };
  await pace();
  const usual = await pace();
  sandbox.faults.add({ kind: "hang", times: null, device: GATE });
  const leaving = new AbortController();
  const stuck = Array.from({ length: 100 }, () =>
    outcome(client.call("GetDeviceInfo", { DeviceSN: GATE }, { signal: leaving.signal })),
  );
  const hanging = () => sandbox.ledger.entries().filter(({ fault }) => fault === "hang");
  await expect.poll(hanging).toHaveLength(8);
  const whileHanging = await pace();
  expect(hanging()).toHaveLength(8);
  expect(median(whileHanging)).toBeLessThan(2 * median(usual) + 5);
  // A call that waited for the broken device would have waited for five seconds.
  expect(Math.max(...whileHanging)).toBeLessThan(2_000);
  leaving.abort();
  expect(new Set(await Promise.all(stuck))).toEqual(new Set(["UPSTREAM_UNAVAILABLE"]));
});

test("a read waits for its turn while there is time for an answer, and is then not sent", async () => {
  const sandbox = await openSandbox();
  const client = openClient(sandbox);
  sandbox.faults.add({ kind: "hang", times: null });
  const began = performance.now();
  const calls = Array.from({ length: 20 }, () =>
    failureOf(client.call("GetDeviceInfo", { DeviceSN: GATE }, { deadlineMs: 1_000 })),
  );
  const failures = await Promise.all(calls);
  expect(performance.now() - began).toBeLessThan(1_500);
  expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(["UPSTREAM_UNAVAILABLE"]));
  expect(failures.filter(({ facts }) => facts.unsent)).toHaveLength(12);
  expect(sandbox.ledger.entries()).toHaveLength(8);
});

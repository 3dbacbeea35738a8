import { expect, test } from "vitest";
import type { RequestTrace } from "../../src/gateway/client.ts";
import { GATE, openClient, openSandbox, outcome } from "../kit/gateway/upstream.ts";
import { startPortico } from "../kit/portico/app.ts";

const LIST = `{ devices(first: 1) { totalCount } }`;

/** A client whose reads take long enough to overlap. */
const openSlow = async () => {
  const sandbox = await openSandbox();
  sandbox.faults.add({ kind: "delay", ms: 300, times: null, operation: "ListDevices" });
  const client = openClient(sandbox);
  const list = (options: Parameters<typeof client.call>[2]) => client.call("ListDevices", { Limit: 1 }, options);
  const requests = () => sandbox.ledger.entries({ operation: "ListDevices" });
  return { sandbox, client, list, requests };
};

test("equal reads of different callers that are in flight at once make one request, and each reports it", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ kind: "delay", ms: 300, times: null, operation: "ListDevices" });
  const answers = await Promise.all(Array.from({ length: 20 }, () => portico.ask(LIST)));
  expect(portico.upstream()).toEqual(["ListDevices"]);
  for (const { data, extensions } of answers) {
    expect(data).toEqual(answers[0]?.data);
    expect(extensions?.upstream).toEqual([expect.objectContaining({ operation: "ListDevices", status: 200 })]);
  }
});

test("reads with another cache scope, another input, or no scope make requests of their own", async () => {
  const { client, list, requests } = await openSlow();
  await Promise.all([
    list({ cacheScope: "a" }),
    list({ cacheScope: "b" }),
    list({}),
    list({}),
    client.call("ListDevices", { Limit: 2 }, { cacheScope: "a" }),
    list({ cacheScope: "a" }),
  ]);
  expect(requests()).toHaveLength(5);
});

test("a read that began before a write ended does not answer a read made after it", async () => {
  const { client, list, requests } = await openSlow();
  const before = list({ cacheScope: "a" });
  await expect.poll(requests).toHaveLength(1);
  await client.call("OpenDoor", { DeviceSN: GATE, Wait: 0 });
  await Promise.all([before, list({ cacheScope: "a" }), list({ cacheScope: "a" })]);
  expect(requests()).toHaveLength(2);
});

test("a read that began before an event does not answer a read made after it", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ kind: "delay", ms: 500, times: null, operation: "ListDevices" });
  const before = portico.ask(LIST);
  await expect.poll(() => portico.sandbox.ledger.entries({ operation: "ListDevices" })).toHaveLength(1);
  const { latest } = await portico.log.bounds();
  portico.sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await expect.poll(async () => (await portico.log.bounds()).latest, { timeout: 5_000 }).not.toBe(latest);
  await Promise.all([before, portico.ask(LIST)]);
  expect(portico.sandbox.ledger.entries({ operation: "ListDevices" })).toHaveLength(2);
});

test("a caller that goes away does not cancel the answer of the others; the request is cancelled when all are gone", async () => {
  const { sandbox, list, requests } = await openSlow();
  const leaving = [new AbortController(), new AbortController()] as const;
  const traces: RequestTrace[] = [];
  const first = outcome(list({ cacheScope: "a", signal: leaving[0].signal, onRequest: (trace) => traces.push(trace) }));
  const second = outcome(list({ cacheScope: "a", onRequest: (trace) => traces.push(trace) }));
  await expect.poll(requests).toHaveLength(1);
  leaving[0].abort();
  expect([await first, await second]).toEqual(["UPSTREAM_UNAVAILABLE", "answered"]);
  expect(traces).toHaveLength(1);

  sandbox.faults.clear();
  sandbox.faults.add({ kind: "hang", times: null, operation: "ListDevices" });
  const gone = leaving.map(({ signal }) => outcome(list({ cacheScope: "a", signal })));
  const both = [outcome(list({ cacheScope: "a", signal: leaving[1].signal })), ...gone];
  await expect.poll(requests).toHaveLength(2);
  leaving[1].abort();
  expect(new Set(await Promise.all(both))).toEqual(new Set(["UPSTREAM_UNAVAILABLE"]));
  await expect.poll(() => requests()[1]?.milliseconds).not.toBeNull();
});

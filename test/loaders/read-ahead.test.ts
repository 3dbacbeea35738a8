import { expect, test } from "vitest";
import { startPortico } from "../kit/portico/app.ts";

const GATE = "SN7A2300583";
const QUERY = `query ($serial: String!, $health: Boolean!) {
  device(serialNumber: $serial) { status model health @include(if: $health) { queueDepth } }
}`;

test("the health of a known device is read together with its record", async () => {
  const portico = await startPortico({}, { GATEWAY_CACHE_MB: "0" });
  const ask = (health: boolean) => portico.ask(QUERY, { serial: GATE, health });
  const first = await ask(true);
  expect(portico.upstream()).toEqual(["GetDeviceInfo", "CheckDeviceHealth"]);

  portico.sandbox.faults.add({ kind: "delay", ms: 400, operation: "GetDeviceInfo" });
  const since = portico.sandbox.ledger.marker();
  expect((await ask(true)).data).toEqual(first.data);
  const calls = portico.sandbox.ledger.entries({ since });
  const arrivals = new Map(calls.map(({ operation, realAt }) => [operation, realAt]));
  const [record = Number.NaN, health = Number.NaN] = [arrivals.get("GetDeviceInfo"), arrivals.get("CheckDeviceHealth")];
  expect(calls).toHaveLength(2);
  expect(health - record).toBeLessThan(400);

  portico.upstream();
  await ask(false);
  expect(portico.upstream()).toEqual(["GetDeviceInfo"]);
});

test("a device that the account does not have costs one call", async () => {
  const portico = await startPortico();
  expect(await portico.ask(QUERY, { serial: "NOBODY", health: true })).toMatchObject({ data: { device: null } });
  expect(portico.upstream()).toEqual(["GetDeviceInfo"]);
});

test("a read that was begun ahead and failed is an error of its field alone", async () => {
  const portico = await startPortico();
  await portico.ask(QUERY, { serial: GATE, health: false });
  portico.sandbox.faults.add({ kind: "unauthenticated", times: null, operation: "CheckDeviceHealth" });
  const { data, errors } = await portico.ask(QUERY, { serial: GATE, health: true });
  expect(data).toMatchObject({ device: { status: "ONLINE", health: null } });
  expect(errors).toMatchObject([{ path: ["device", "health"], extensions: { code: "UPSTREAM_UNAUTHENTICATED" } }]);
});

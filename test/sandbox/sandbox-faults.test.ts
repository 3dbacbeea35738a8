import { request } from "node:http";
import { expect, test } from "vitest";
import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { askGateway as ask, GATE, SIDE } from "../../src/conformance/target.ts";
import { control, read, start } from "../kit/sandbox/reader.ts";

const open = (sandbox: Sandbox, OperationID: string) =>
  ask(sandbox, "OpenDoor", { DeviceSN: GATE, Wait: 0, OperationID });

const commandsIn = (sandbox: Sandbox) =>
  [...sandbox.gateway.world.commands.values()].filter(({ Operation }) => Operation === "OpenDoor");

const devices = (sandbox: Sandbox) => ask(sandbox, "ListDevices", {});

const withFault = async (rule: FaultInput) => {
  const sandbox = await start();
  sandbox.faults.add(rule);
  return sandbox;
};

test("a fault applies to `times` requests after `skip` requests", async () => {
  const sandbox = await withFault({ operation: "ListDevices", kind: "5xx", status: 502, times: 2, skip: 1 });
  const statuses = [];
  for (let count = 0; count < 5; count++) statuses.push((await devices(sandbox)).http);
  expect(statuses).toEqual([200, 502, 502, 200, 200]);
  expect(sandbox.ledger.entries().map(({ fault }) => fault)).toEqual([null, "5xx", "5xx", null, null]);
});

test("a fault for one device does not affect others", async () => {
  const sandbox = await withFault({ device: GATE, kind: "5xx", times: null });
  expect((await ask(sandbox, "GetDeviceInfo", { DeviceSN: GATE })).http).toBe(503);
  expect((await ask(sandbox, "GetDeviceInfo", { DeviceSN: SIDE })).http).toBe(200);
});

test("a 429 has a Retry-After in seconds or as a date", async () => {
  const sandbox = await withFault({ kind: "429", retryAfter: 2 });
  sandbox.faults.add({ kind: "429", retryAfter: 7, asDate: true });
  const inSeconds = await devices(sandbox);
  expect([inSeconds.http, inSeconds.headers.get("retry-after")]).toEqual([429, "2"]);
  const asDate = await devices(sandbox);
  const wait = Date.parse(asDate.headers.get("retry-after") ?? "") - Date.now();
  expect(wait).toBeGreaterThan(4000);
  expect(wait).toBeLessThanOrEqual(7000);
});

test("resetBefore does not execute the operation, resetAfter does", async () => {
  const sandbox = await withFault({ operation: "OpenDoor", kind: "resetBefore" });
  await expect(open(sandbox, "resetbefore")).rejects.toThrow();
  expect(commandsIn(sandbox)).toHaveLength(0);
  sandbox.faults.add({ operation: "OpenDoor", kind: "resetAfter" });
  await expect(open(sandbox, "resetafter1")).rejects.toThrow();
  expect(commandsIn(sandbox)).toHaveLength(1);
  const entries = sandbox.ledger.entries({ operation: "OpenDoor" }).map(({ performed, http }) => ({ performed, http }));
  expect(entries).toEqual([
    { performed: false, http: null },
    { performed: true, http: null },
  ]);
});

test("a failure can follow an executed operation", async () => {
  const sandbox = await withFault({ operation: "OpenDoor", kind: "5xx", status: 500, afterEffect: true });
  expect((await open(sandbox, "aftereffect")).http).toBe(500);
  expect(commandsIn(sandbox)).toHaveLength(1);
});

test("hang sends no reply", async () => {
  const sandbox = await withFault({ kind: "hang" });
  const controller = new AbortController();
  const hanging = fetch(`${sandbox.url}/ListDevices`, { signal: controller.signal });
  await expect.poll(() => sandbox.ledger.entries()[0]?.fault, { interval: 2 }).toBe("hang");
  controller.abort();
  await expect(hanging).rejects.toThrow();
  expect(sandbox.ledger.entries()).toMatchObject([{ http: null, performed: false }]);
});

test("a reply can be HTML, truncated, sloppy or hostile", async () => {
  const sandbox = await withFault({ kind: "html" });
  expect(await devices(sandbox)).toMatchObject({ http: 200, mediaType: "text/html" });
  sandbox.faults.add({ kind: "brokenJson" });
  const broken = await devices(sandbox);
  expect(() => JSON.parse(broken.text) as unknown).toThrow();
  sandbox.faults.add({ kind: "sloppy" });
  const sloppy = JSON.parse((await devices(sandbox)).text) as Readonly<Record<string, unknown>>;
  expect(sloppy).toMatchObject({ statuscode: "0", returnrowcount: "10" });
  sandbox.faults.add({ kind: "hostileKeys" });
  expect((await devices(sandbox)).text).toContain('"__proto__":{"polluted":true}');
});

test("a reply can echo the caller's token or reject it", async () => {
  const sandbox = await withFault({ kind: "echo", status: 404 });
  const { http, text } = await devices(sandbox);
  expect(http).toBe(404);
  expect(text).toContain(sandbox.token);
  sandbox.faults.add({ kind: "unauthenticated" });
  expect(await read(sandbox, "ListDevices", {})).toMatchObject({ StatusCode: 7 });
});

test("a reply can be huge, slow, reset or delayed", async () => {
  const sandbox = await withFault({ kind: "giant", bytes: 1_000_000 });
  expect((await devices(sandbox)).text.length).toBeGreaterThan(1_000_000);
  sandbox.faults.add({ kind: "drip", bytes: 500, ms: 1 });
  expect((await devices(sandbox)).http).toBe(200);
  sandbox.faults.add({ kind: "resetDuring" });
  await expect(devices(sandbox)).rejects.toThrow();
  sandbox.faults.add({ kind: "delay", ms: 30 });
  const startedAt = performance.now();
  await devices(sandbox);
  expect(performance.now() - startedAt).toBeGreaterThan(25);
});

test("an export can run after another one was cut off", async () => {
  const sandbox = await withFault({ operation: "ExportAttendance", kind: "resetDuring" });
  sandbox.faults.add({ operation: "ExportAttendance", kind: "5xx", afterEffect: true });
  const download = () => ask(sandbox, "ExportAttendance", { FromDate: "2026-06-01", ToDate: "2026-06-21" });
  await expect(download()).rejects.toThrow();
  expect((await download()).http).toBe(503);
  expect((await download()).http).toBe(200);
});

test("headers can be duplicated or endless", async () => {
  const sandbox = await withFault({ kind: "duplicateHeaders" });
  const raw = await new Promise<readonly string[]>((resolve) => {
    request(`${sandbox.url}/ListDevices`, (response) => {
      response.resume();
      resolve(response.rawHeaders);
    }).end();
  });
  expect(raw.filter((name) => name === "Retry-After")).toHaveLength(2);
  sandbox.faults.add({ kind: "endlessHeaders" });
  await expect(devices(sandbox)).rejects.toThrow();
});

test("the control plane refuses members that it does not know, and changes nothing", async () => {
  const sandbox = await start();
  const [device] = sandbox.gateway.world.devices.values();
  const { DeviceSN = "", online, license } = device ?? {};
  const before = sandbox.state();
  const refusalOf = async (path: string, body: unknown) => (await control(sandbox, "POST", path, body))["error"];
  expect(await refusalOf("faults", { kind: "429", retryafter: 5 })).toBe('The body must not have "retryafter".');
  expect(await refusalOf("clock", { advance: 1000, Freeze: true })).toBe('The body must not have "Freeze".');
  expect(await refusalOf(`devices/${DeviceSN}`, { online: !online, Online: online })).toBe(
    'The body must not have "Online".',
  );
  expect(await refusalOf(`devices/${DeviceSN}`, { license: { Valid: !license?.Valid, valid: true } })).toBe(
    'license must not have "valid".',
  );
  expect(await refusalOf("punches", { DeviceSN, EmployeeCode: "1042", LogTime: "2026-06-01 09:00:00" })).toBe(
    '0 must not have "LogTime".',
  );
  expect(sandbox.state().world).toEqual(before.world);
  expect(sandbox.faults.list()).toEqual([]);
});

test("faults are set, listed and removed over HTTP", async () => {
  const sandbox = await start();
  const { ids } = await control(sandbox, "POST", "faults", [{ kind: "html", times: null }, { kind: "hang" }]);
  expect(ids).toHaveLength(2);
  const [first] = ids as readonly string[];
  expect((await control(sandbox, "GET", "faults"))["faults"]).toMatchObject([
    { id: first, kind: "html", times: null },
    { kind: "hang", times: 1 },
  ]);
  await control(sandbox, "DELETE", `faults/${first ?? ""}`);
  expect((await control(sandbox, "DELETE", "faults"))["faults"]).toEqual([]);
  expect((await devices(sandbox)).http).toBe(200);
  const refusalOf = async (body: unknown) => (await control(sandbox, "POST", "faults", body))["error"];
  expect(await refusalOf({ kind: "earthquake" })).toMatch(/^kind must be one of 429, 5xx, .*, delay\.$/);
  expect(await refusalOf({ kind: "hang", operation: "OpenSesame" })).toBe(
    "operation must be an operation, or * for all.",
  );
  expect(await refusalOf({ kind: "hang", operation: "openDoor", times: 0 })).toBe(
    "operation must be an operation, or * for all; times must be at least 1.",
  );
  expect(await refusalOf([{ kind: "hang" }, 7])).toBe("The body must be an object.");
  expect((await control(sandbox, "GET", "faults"))["faults"]).toEqual([]);
});

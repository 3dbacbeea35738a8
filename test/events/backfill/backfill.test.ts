import { expect, onTestFinished, test } from "vitest";
import { Punch } from "../../../src/contract/attendance.ts";
import type { Input, OperationName, Output } from "../../../src/contract/operations.ts";
import { createBackfill, type BackfillOptions } from "../../../src/events/backfill/backfill.ts";
import { fillGap, type PunchCall } from "../../../src/events/backfill/fill.ts";
import { recoveredPunch } from "../../../src/events/ingress/decode/punch.ts";
import { createIngress } from "../../../src/events/ingress/ingress.ts";
import { type EventLog } from "../../../src/events/log/log.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { createGatewayClient } from "../../../src/gateway/client.ts";
import { deduplicateCalls } from "../../../src/loaders/call.ts";
import { createLogger } from "../../../src/runtime/logger.ts";
import { CALLBACKS_PATH } from "../../../src/server/http/paths.ts";
import { createCallbackHandler } from "../../../src/server/routes/callbacks.ts";
import { startHttpServer } from "../../../src/server/http/server.ts";
import { setOnline } from "../../../src/sandbox/devices.ts";
import { openRewritingGateway } from "../../kit/gateway/rewrite.ts";
import { callOver, GATE, SIDE, START, startFrozen } from "../../kit/sandbox/caller.ts";
import { until } from "../../kit/until.ts";
import { loggedEvents } from "../../kit/events/logged.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SECRET = "secret-of-the-path-0123456789abcdef";

/** The last punches of the initial world were made an hour before. */
const BEGIN = START + HOUR;

/** A gateway, a log on the gateway's clock, and a receiver between them. */
const startAll = async (logOf: (log: EventLog) => EventLog = (log) => log) => {
  const sandbox = await startFrozen();
  sandbox.clock.advance(HOUR);
  const now = () => sandbox.clock.now();
  const log = logOf(createMemoryLog({ maxEvents: 100_000, dedupeMs: DAY, now }));
  const client = createGatewayClient({
    url: `${sandbox.url}/v3`,
    tokens: { account: sandbox.token, devices: new Map() },
  });
  onTestFinished(client.stop);
  const lines: string[] = [];
  const logger = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
  const calls: OperationName[] = [];
  let inFlight = 0;
  let most = 0;
  const call = async <Name extends "GetAttendanceByDate" | "GetTodayAttendance">(
    name: Name,
    input: Input<Name>,
  ): Promise<Output<Name>> => {
    calls.push(name);
    inFlight += 1;
    most = Math.max(most, inFlight);
    return client.call(name, input).finally(() => (inFlight -= 1));
  };
  /** Starts the receiver of callbacks and registers it at the sandbox. */
  const receive = async () => {
    const ingress = createIngress({
      scrub: (text) => text,
      log,
      tokens: { account: [sandbox.token], devices: new Map() },
      pathAuthenticates: true,
    });
    const handle = createCallbackHandler({ receivers: [{ ingress, callbackSecret: SECRET }], logger });
    const server = await startHttpServer({ host: "127.0.0.1", port: 0, logger, handle });
    onTestFinished(server.stop);
    const CallbackURL = `${server.url}${CALLBACKS_PATH}${SECRET}`;
    const register = (Active: boolean) =>
      callOver(sandbox)("RegisterCallback", { CallbackURL, Events: ["attendance.new"], Active });
    await register(true);
    return register;
  };
  const punch = (DeviceSN: string, ...ago: readonly number[]) =>
    sandbox.punch(...ago.map((ms) => ({ DeviceSN, EmployeeCode: "1042", at: now() - ms })));
  return {
    sandbox,
    log,
    now,
    call,
    calls,
    lines,
    receive,
    punch,
    mostAtOnce: () => most,
    events: () => loggedEvents(log, "0-0", 100_000),
    openBackfill: (options: Partial<BackfillOptions> = {}) => {
      const backfill = createBackfill({ call, log, logger, now, pauseMs: 0, ...options });
      onTestFinished(backfill.stop);
      return backfill;
    },
  };
};

const idle = (sandbox: Awaited<ReturnType<typeof startFrozen>>, DeviceSN: string) =>
  until(() => sandbox.gateway.callbacks.health(DeviceSN).Today.Queued === 0);

/** An instant as the log contains it. */
const toInstant = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

test("punches made while no callback is registered are recovered, once, in the order of their device", async () => {
  const all = await startAll();
  const { sandbox, log, call, now, events } = all;
  const register = await all.receive();
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await idle(sandbox, GATE);
  await register(false);
  const from = now();
  for (const second of [10, 20, 30]) {
    sandbox.clock.advance(second * 1000);
    sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042", Direction: "CheckOut" });
    sandbox.punch({ DeviceSN: SIDE, EmployeeCode: "1043" });
  }
  const gap = { from, to: now() };
  expect(await fillGap({ call, log, ...gap, now })).toMatchObject({ recovered: 6, known: 1, unreadable: 0 });
  expect(await fillGap({ call, log, ...gap, now })).toMatchObject({ recovered: 0, known: 7 });
  const [first, ...recovered] = await events();
  expect(first).toMatchObject({ recovered: false });
  for (const DeviceSN of [GATE, SIDE]) {
    const times = recovered
      .filter((event) => event.DeviceSN === DeviceSN)
      .map((event) => Date.parse(event.occurredAt ?? ""));
    expect(times).toHaveLength(3);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
  expect(recovered[0]).toMatchObject({
    recovered: true,
    receivedAt: new Date(now()).toISOString(),
    body: { punch: { PunchID: expect.stringMatching(/^pun_/), ReceivedTime: toInstant(from + 10_000) } },
  });
  const bodies = recovered.map(({ body }) => ("punch" in body ? body.punch : {}));
  for (const body of bodies) expect(Object.keys(body)).toEqual(Object.keys(Punch.members ?? {}));
  await register(true);
  sandbox.clock.advance(1000);
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
  await idle(sandbox, GATE);
  expect((await events()).map((event) => event.recovered)).toEqual([false, ...Array<boolean>(6).fill(true), false]);
});

test("an event that the gateway delivers after its recovery is a duplicate", async () => {
  let down = true;
  const all = await startAll((log) => ({
    ...log,
    append: async (batch) => {
      if (down && batch.some(({ recovered }) => !recovered)) throw new StoreUnavailableError("event log", "down");
      return log.append(batch);
    },
  }));
  const { sandbox, log, call, now, events } = all;
  await all.receive();
  const from = now();
  for (let index = 0; index < 5; index += 1) {
    sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
    sandbox.clock.advance(60_000);
  }
  await until(() => sandbox.gateway.callbacks.health(GATE).QueueStatus === "Stuck");
  expect(await fillGap({ call, log, from, to: now(), now })).toMatchObject({ recovered: 5 });
  down = false;
  await callOver(sandbox)("ResetDeviceQueue", { DeviceSN: GATE, Scope: "Callbacks" });
  await idle(sandbox, GATE);
  expect(sandbox.gateway.callbacks.health(GATE).Today.Pushed).toBe(5);
  const keys = (await events()).map(({ key }) => key);
  expect(keys).toHaveLength(5);
  expect(new Set(keys).size).toBe(5);
});

test("a gap is measured in instants, whatever the clocks of the devices show", async () => {
  const { sandbox, log, call, now, events } = await startAll();
  const zones = [...sandbox.gateway.world.devices.values()].filter((device) => device.online);
  const outside: string[] = [];
  const inside: string[] = [];
  for (const { DeviceSN } of zones) {
    const [before, first, last] = sandbox.punch(
      ...[3 * HOUR + 600_000, 2 * HOUR, HOUR].map((ms) => ({ DeviceSN, EmployeeCode: "z1", at: now() - ms })),
    );
    outside.push(before?.PunchID ?? "");
    inside.push(first?.PunchID ?? "", last?.PunchID ?? "");
  }
  // They are received now, after the end of the gap: the time at which they were made decides.
  await fillGap({ call, log, from: now() - 3 * HOUR, to: now() - HOUR / 2, now });
  const found = (await events()).flatMap(({ body }) => (body.kind === "attendance.new" ? [body.punch.PunchID] : []));
  expect(new Set(zones.map(({ TimeZone }) => TimeZone)).size).toBeGreaterThan(2);
  expect(inside.filter((id) => !found.includes(id))).toEqual([]);
  expect(outside.filter((id) => found.includes(id))).toEqual([]);
});

test("punches that an offline terminal delivered during the gap belong to it", async () => {
  const { sandbox, log, call, now, events } = await startAll();
  setOnline(sandbox.gateway, GATE, false);
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "late" });
  sandbox.clock.advance(5 * HOUR);
  const from = now();
  sandbox.clock.advance(60_000);
  setOnline(sandbox.gateway, GATE, true);
  await fillGap({ call, log, from, to: now(), now });
  expect((await events()).map(({ key }) => key.split(" ")[2])).toContain("late");
});

test("weeks are read in ranges that the gateway allows, one page at a time", async () => {
  const { log, call, calls, now, events, mostAtOnce } = await startAll();
  let pauses = 0;
  const pause = async () => void (pauses += 1);
  const result = await fillGap({ call, log, from: START - 60 * DAY, to: now(), now, pause });
  expect(result.recovered).toBeGreaterThan(1000);
  expect(result.recovered).toBe((await events()).length);
  expect(calls.length).toBeGreaterThan(result.read / 500);
  expect([mostAtOnce(), pauses]).toEqual([1, calls.length - 1]);
  for (const [, ofDevice] of Map.groupBy(await events(), ({ DeviceSN }) => DeviceSN)) {
    const walls = ofDevice.map(({ body }) => (body.kind === "attendance.new" ? body.punch.AttendanceLog : ""));
    expect(walls).toEqual(walls.toSorted());
  }
});

test("an event that was delivered before a gap is not recovered, even after its key is forgotten", async () => {
  const made = await startAll();
  const { sandbox, now, call } = made;
  const log = createMemoryLog({ maxEvents: 100_000, dedupeMs: 1, now });
  const ahead = {
    PunchID: "pun_1",
    DeviceSN: GATE,
    EmployeeCode: "1",
    UtcOffset: "+00:00",
    ReceivedTime: toInstant(now()),
  };
  const { AttendanceLogs } = await call("GetAttendanceByDate", {
    FromDate: "2026-06-20",
    ToDate: "2026-06-20",
    Limit: 1,
  });
  const [sample] = AttendanceLogs;
  if (sample === undefined) throw new Error("The sandbox has no punch of yesterday.");
  const wrongClock: Punch = { ...sample, ...ahead, AttendanceLog: "2026-06-23 10:00:00", ClockSuspect: true };
  const answer: PunchCall = async (name, input) => {
    const page = await call(name, input);
    return { ...page, OffSet: "", AttendanceLogs: Object.assign([wrongClock], { rejected: 0 }) };
  };
  sandbox.clock.advance(2 * DAY);
  expect(await fillGap({ call: answer, log, from: now() - DAY, to: now() + DAY, now })).toMatchObject({ recovered: 0 });
  expect(await fillGap({ call: answer, log, from: now() - 3 * DAY, to: now(), now })).toMatchObject({ recovered: 1 });
  sandbox.clock.advance(1000);
  expect(await fillGap({ call: answer, log, from: now() - 3 * DAY, to: now(), now })).toMatchObject({
    recovered: 0,
    known: 1,
  });
});

test("a gateway that repeats a page does not cause an endless loop", async () => {
  const { log, call, now } = await startAll();
  let asked = 0;
  const repeating: PunchCall = async (name, input) => {
    asked += 1;
    const { OffSet: _own, ...first } = input as Input<"GetAttendanceByDate">;
    return { ...(await call(name, first as typeof input)), OffSet: "again" };
  };
  await fillGap({ call: repeating, log, from: now() - HOUR, to: now(), now });
  expect(asked).toBe(2);
});

/** A backfill with a gap since its start that holds one punch. While `isEndless` each page names a page that was not read yet. */
const openEndless = async (member: (name: string, value: unknown) => unknown) => {
  const all = await startAll();
  const { sandbox, log, now, openBackfill } = all;
  const gateway = { isEndless: true, pages: 0 };
  const url = await openRewritingGateway(sandbox, { member });
  const client = createGatewayClient({ url: `${url}/v3`, tokens: { account: sandbox.token, devices: new Map() } });
  onTestFinished(client.stop);
  const callOnce = deduplicateCalls((name, input) => client.call(name, input));
  const { AttendanceLogs } = await all.call("GetTodayAttendance", { Sort: "Desc", Limit: 1 });
  await log.append(AttendanceLogs.map((punch) => recoveredPunch(punch, new Date(now()).toISOString())));
  sandbox.clock.advance(HOUR);
  const call: PunchCall = async (name, input) => {
    if (!gateway.isEndless) return all.call(name, input);
    gateway.pages += 1;
    const { OffSet: _own, ...first } = input as Input<"GetAttendanceByDate">;
    return { ...(await callOnce(name, first as typeof input)), OffSet: `page ${gateway.pages}` };
  };
  const backfill = openBackfill({ call });
  all.punch(GATE, 1000);
  return { ...all, gateway, backfill };
};

test("empty pages that name a next page forever end a backfill, and the next check reads what was made since", async () => {
  const { sandbox, gateway, backfill, punch } = await openEndless((name, value) => {
    if (name === "AttendanceLogs") return [];
    return name.endsWith("RowCount") ? null : value;
  });
  expect(await backfill.check()).toMatchObject({ recovered: 0 });
  expect(gateway.pages).toBe(1);
  gateway.isEndless = false;
  sandbox.clock.advance(HOUR);
  punch(GATE, 1000);
  expect(await backfill.check()).toMatchObject({ recovered: 2 });
});

test("a backfill that failed is tried again at once if the clock is set back", async () => {
  const all = await startAll();
  const clock = { shift: 0 };
  const calls = { failed: 0 };
  const call: PunchCall = () => {
    calls.failed += 1;
    return Promise.reject(new Error("The gateway is away."));
  };
  const { log, now, openBackfill, punch } = all;
  punch(GATE, 1000);
  const { AttendanceLogs } = await all.call("GetTodayAttendance", { Sort: "Desc", Limit: 1 });
  await log.append(AttendanceLogs.map((row) => recoveredPunch(row, new Date(now() - HOUR).toISOString())));
  const backfill = openBackfill({ call, now: () => now() + clock.shift });
  for (const shift of [0, 1_000, -HOUR]) {
    clock.shift = shift;
    expect(await backfill.check()).toBeNull();
    expect(calls.failed).toBe(shift < 0 ? 2 : 1);
  }
});

test("a backfill whose pages do not end fails, and is tried again", async () => {
  const { sandbox, gateway, backfill, lines } = await openEndless((name, value) =>
    name === "AttendanceLog" ? "soon" : value,
  );
  expect(await backfill.check()).toBeNull();
  expect(lines.at(-1)).toContain("The pages of GetAttendanceByDate do not end.");
  gateway.isEndless = false;
  sandbox.clock.advance(HOUR);
  expect(await backfill.check()).toMatchObject({ recovered: 1 });
});

test("at the start the time since the last event is filled, and an empty log is left alone", async () => {
  const { sandbox, openBackfill, events, now, log, punch, calls } = await startAll();
  expect(await openBackfill().check()).toBeNull();
  expect(calls).toEqual([]);

  const [first] = punch(GATE, 0);
  await log.append([
    {
      key: `punch ${GATE} 1042 ${first?.AttendanceLog}`,
      DeviceSN: GATE,
      occurredAt: toInstant(now()),
      receivedAt: new Date(now()).toISOString(),
      recovered: false,
      body: { kind: "other", name: "a stand-in", members: {} },
    },
  ]);
  sandbox.clock.advance(3 * DAY);
  punch(GATE, 2 * DAY, DAY, 1000);
  const restarted = openBackfill();
  // A callback that arrives before the first check does not hide the gap before it.
  sandbox.clock.advance(1000);
  await log.append([
    {
      key: "event of the time after the start",
      DeviceSN: GATE,
      occurredAt: toInstant(now()),
      receivedAt: new Date(now()).toISOString(),
      recovered: false,
      body: { kind: "other", name: "a stand-in", members: {} },
    },
  ]);
  expect(await restarted.check()).toMatchObject({ recovered: 3 });
  expect(await restarted.check()).toBeNull();
  expect((await events()).map(({ recovered }) => recovered)).toEqual([false, false, true, true, true]);
});

test("the time in which the log was unavailable is filled when it is available again", async () => {
  let problem: string | null = null;
  const { sandbox, openBackfill, punch, calls, lines } = await startAll((log) => ({ ...log, problem: () => problem }));
  const backfill = openBackfill();
  expect(await backfill.check()).toBeNull();
  problem = "The store is down.";
  expect(await backfill.check()).toBeNull();
  sandbox.clock.advance(HOUR);
  punch(GATE, 60_000);
  expect(await backfill.check()).toBeNull();
  expect(calls).toEqual([]);
  problem = null;
  expect(await backfill.check()).toMatchObject({ recovered: 1 });
  expect(await backfill.check()).toBeNull();
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: "warn", reason: "log was unavailable", recovered: 1, from: toInstant(BEGIN - 300_000) },
  ]);
});

test("a silence is examined, and filled if the gateway has received punches", async () => {
  const silenceMs = 600_000;
  const { sandbox, openBackfill, punch, calls } = await startAll();
  const backfill = openBackfill({ silenceMs });
  sandbox.clock.advance(silenceMs - 1);
  expect(await backfill.check()).toBeNull();
  expect(calls).toEqual([]);
  sandbox.clock.advance(1);
  expect(await backfill.check()).toBeNull();
  expect(calls).toEqual(["GetTodayAttendance"]);
  punch(SIDE, 1000);
  expect(await backfill.check()).toBeNull();
  sandbox.clock.advance(silenceMs);
  expect(await backfill.check()).toMatchObject({ recovered: 1 });
  sandbox.clock.advance(silenceMs);
  expect(await backfill.check()).toBeNull();
  expect(calls).toEqual(["GetTodayAttendance", "GetTodayAttendance", "GetAttendanceByDate", "GetTodayAttendance"]);
});

test("a silence is seen also if the gateway has received punches that were made before it", async () => {
  const silenceMs = 600_000;
  const { sandbox, openBackfill, punch, log, now, calls } = await startAll();
  const backfill = openBackfill({ silenceMs });
  const body = { kind: "other", name: "a stand-in", members: {} } as const;
  const receivedAt = new Date(now()).toISOString();
  await log.append([{ key: "the last event", DeviceSN: SIDE, occurredAt: null, receivedAt, recovered: false, body }]);
  sandbox.clock.advance(1_000);
  punch(SIDE, 1_200_000);
  sandbox.clock.advance(silenceMs);
  expect(await backfill.check()).toMatchObject({ recovered: 1 });
  setOnline(sandbox.gateway, GATE, false);
  punch(GATE, 0);
  sandbox.clock.advance(HOUR);
  punch(SIDE, 0);
  expect(await backfill.check()).toMatchObject({ recovered: 1 });
  sandbox.clock.advance(1_000);
  setOnline(sandbox.gateway, GATE, true);
  sandbox.clock.advance(silenceMs);
  expect(await backfill.check()).toMatchObject({ recovered: 1 });
  const asked = calls.length;
  sandbox.clock.advance(silenceMs);
  expect(await backfill.check()).toBeNull();
  expect(calls.length).toBe(asked + 1);
});

test("a gateway that fails is asked again later, with growing pauses", async () => {
  const { sandbox, openBackfill, call, punch, lines, now } = await startAll();
  let failing = true;
  let asked = 0;
  const flaky: PunchCall = (name, input) => {
    asked += 1;
    return failing ? Promise.reject(new Error("no answer")) : call(name, input);
  };
  const backfill = openBackfill({ call: flaky, silenceMs: 60_000, intervalMs: 10_000 });
  sandbox.clock.advance(60_000);
  punch(SIDE, 0);
  expect(await backfill.check()).toBeNull();
  expect(await backfill.check()).toBeNull();
  expect(asked).toBe(1);
  failing = false;
  sandbox.clock.advance(20_000);
  expect(now()).toBe(BEGIN + 80_000);
  expect(await backfill.check()).toMatchObject({ recovered: 1 });
  expect(lines.filter((line) => line.includes("tried again"))).toHaveLength(1);
});

test("concurrent checks are one, and a stop ends the running check", async () => {
  const { sandbox, openBackfill, call, calls } = await startAll();
  const backfill = openBackfill({ silenceMs: 1000 });
  sandbox.clock.advance(1000);
  const both = [backfill.check(), backfill.check()];
  expect(both[0]).toBe(both[1]);
  await Promise.all(both);
  expect(calls).toEqual(["GetTodayAttendance"]);

  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = false;
  const slow = openBackfill({
    silenceMs: 1000,
    call: async (name, input) => {
      asked = true;
      await held;
      return call(name, input);
    },
  });
  sandbox.clock.advance(1000);
  const checked = slow.check();
  await until(() => asked);
  const stopped = slow.stop();
  release();
  expect(await checked).toBeNull();
  await stopped;
  expect(await slow.check()).toBeNull();
});

test.each([
  "0000-00-00 00:00:00",
  "2026-02-30 09:00:00",
  "2026-06-21 23:59:60",
  "2026-06-21 24:00:00",
  "2026-13-01 09:00:00",
])("a punch at %s is counted and logged once, and the good ones of its gap are recovered", async (time) => {
  const { sandbox, now, log, lines, openBackfill, events, punch } = await startAll();
  const url = await openRewritingGateway(sandbox, {
    member: (name, value, holder) => (name === "AttendanceLog" && holder["EmployeeCode"] === "1043" ? time : value),
  });
  const client = createGatewayClient({ url: `${url}/v3`, tokens: { account: sandbox.token, devices: new Map() } });
  onTestFinished(client.stop);
  const call: PunchCall = (name, input) => client.call(name, input);
  const good = { DeviceSN: GATE, EmployeeCode: "1042" };
  sandbox.punch(good);
  const [first] = await log.append([
    recoveredPunch(
      (await call("GetTodayAttendance", { Sort: "Desc", Limit: 1 })).AttendanceLogs[0] as Punch,
      new Date(now()).toISOString(),
    ),
  ]);
  expect(first?.duplicate).toBe(false);
  sandbox.clock.advance(60_000);
  punch(GATE, 10_000, 20_000);
  sandbox.punch({ DeviceSN: SIDE, EmployeeCode: "1043" });
  sandbox.clock.advance(1_000);
  const backfill = openBackfill({ call });
  expect(await backfill.check()).toMatchObject({ recovered: 2, unreadable: 1 });
  expect(await events()).toHaveLength(3);
  for (const _ of [1, 2, 3]) expect(await backfill.check()).toBeNull();
  const logged = lines.filter((line) => line.includes("unreadable"));
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain('"unreadable":1');
  expect(lines.join("")).not.toContain("will be tried again");
});

import { afterAll, expect, onTestFinished, test } from "vitest";
import { acceptedBy, namesDevice } from "../../src/conformance/cases.ts";
import { createAnswerCheck, documentedCodes, statusesOf } from "../../src/conformance/checks.ts";
import { conformanceSuite, refusalsFor } from "../../src/conformance/suite.ts";
import { askGateway as ask, GATE, NO_PUNCHES, NOTHING_ALLOWED, OFFLINE, SIDE } from "../../src/conformance/target.ts";
import { OPERATION_NAMES, type OperationName } from "../../src/contract/operations.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { until } from "../kit/until.ts";

const sandbox = await startSandbox({ start: Date.parse("2026-06-21T04:00:00Z"), rate: false });
afterAll(sandbox.stop);
sandbox.clock.run(50);
sandbox.changeDevice(NOTHING_ALLOWED, { denied: ["operationNotAllowed"] });

const target = sandbox;
const checkAnswer = createAnswerCheck();
const refusals = refusalsFor(target);

/** Codes for origin address, encrypted requests, account configuration and version: the sandbox never returns them. */
const NEVER_RETURNED = [3, 4, 11, 29];
/** Outcomes of commands, and codes that no single operation returns: they have their own tests. */
const TESTED_SEPARATELY = [0, 6, 37, 62, 66, 70, 71, 72, 73, 999];

for (const { title, run } of conformanceSuite(target, checkAnswer)) test(title, run);

const exhausted = await startSandbox({ rate: { perSecond: 0.01, burst: 1 } });
afterAll(exhausted.stop);
await ask(exhausted, "ListDevices", {});

for (const name of OPERATION_NAMES) {
  test(`${name} reports a failure of the gateway`, async () => {
    sandbox.faults.add({ operation: name, kind: "5xx", status: 500 });
    const answer = await ask(target, name, acceptedBy(name));
    expect(answer.http).toBe(500);
    expect(checkAnswer(name, answer)["StatusCode"]).toBe(999);
  });

  test(`${name} is rate limited`, async () => {
    const answer = await ask(exhausted, name, acceptedBy(name));
    expect(answer.http).toBe(429);
    const body = checkAnswer(name, answer);
    expect(body).toMatchObject({ StatusCode: 62, RetryAfterSeconds: Number(answer.headers.get("retry-after")) });
  });

  test(`every answer that the document specifies for ${name} has a case`, () => {
    const cases = refusals.filter(({ operation }) => operation === name).map(({ http }) => http);
    const covered = new Set([200, 429, 500, ...cases]);
    const documented = statusesOf(name).filter((http) => http !== 403 || namesDevice(name));
    expect(documented.filter((http) => !covered.has(http))).toEqual([]);
  });
}
test("every status code that the sandbox can return has a case", () => {
  const covered = new Set([...TESTED_SEPARATELY, ...refusals.map(({ code }) => code)]);
  expect(documentedCodes.filter((code) => !covered.has(code))).toEqual(NEVER_RETURNED);
});

test("a second export is refused while one runs (429/37)", async () => {
  const big = await startSandbox({ start: Date.parse("2026-06-21T04:00:00Z"), punches: 300_000 });
  onTestFinished(big.stop);
  const year = { FromDate: "2026-01-01", ToDate: "2026-12-31" };
  const running = await fetch(`${big.url}/ExportAttendance?${new URLSearchParams(year).toString()}`, {
    headers: { "auth-token": big.token },
  });
  const answer = await ask(big, "ExportAttendance", year);
  expect(checkAnswer("ExportAttendance", answer)).toMatchObject({ StatusCode: 37, RetryAfterSeconds: 60 });
  await running.body?.cancel();
});

const outcomeOf = async (name: OperationName, members: Readonly<Record<string, unknown>>) => {
  const answer = await ask(target, name, members);
  expect(answer.http).toBe(200);
  return checkAnswer(name, answer)["StatusCode"];
};

/** The outcome of a command for the offline device after `end` has ended it. */
const outcomeLater = async (end: () => Promise<unknown>) => {
  const members = { DeviceSN: OFFLINE, Wait: 0, ExpirySeconds: 5 };
  const { CommandID } = checkAnswer("OpenDoor", await ask(target, "OpenDoor", members));
  await end();
  const { Command } = checkAnswer("GetCommandStatus", await ask(target, "GetCommandStatus", { CommandID }));
  return (Command as { readonly StatusCode: number }).StatusCode;
};

test("a terminal without a face reader fails EnrollFace (200/65)", async () => {
  expect(await outcomeOf("EnrollFace", { ...acceptedBy("EnrollFace"), DeviceSN: SIDE })).toBe(65);
});

test("a terminal that does not have the user refuses EnrollCard (200/72)", async () => {
  expect(await outcomeOf("EnrollCard", { ...acceptedBy("EnrollCard"), DeviceSN: "SN7B1100202" })).toBe(72);
});

test("a command not delivered in time expires (200/70)", async () => {
  expect(await outcomeLater(async () => sandbox.clock.advance(6000))).toBe(70);
});

test("ResetDeviceQueue cancels queued commands (200/71)", async () => {
  expect(await outcomeLater(() => ask(target, "ResetDeviceQueue", { DeviceSN: OFFLINE }))).toBe(71);
});

test("a door command whose terminal disconnects fails (200/73)", async () => {
  const frozen = await startSandbox({ frozen: true });
  onTestFinished(frozen.stop);
  const pendingAnswer = ask(frozen, "OpenDoor", { DeviceSN: GATE });
  const isSent = () => frozen.gateway.world.devices.get(GATE)?.queue.length === 1;
  await until(isSent, { timeoutMs: 10_000, intervalMs: 1 });
  frozen.changeDevice(GATE, { online: false });
  const answer = await pendingAnswer;
  expect(answer.http).toBe(200);
  expect(checkAnswer("OpenDoor", answer)["StatusCode"]).toBe(73);
});

test("a full terminal accepts no more users (200/66)", async () => {
  const full = await startSandbox({ people: 200, acknowledgeMs: 0 });
  onTestFinished(full.stop);
  const members = { DeviceSN: NO_PUNCHES, EmployeeCode: "98765", FirstName: "Late" };
  const body = checkAnswer("AddUser", await ask(full, "AddUser", members));
  expect(body).toMatchObject({ StatusCode: 66, Results: [{ CommandStatus: "Failed", StatusCode: 66 }] });
});

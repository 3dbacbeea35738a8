import { expect, test } from "vitest";
import { DEVICE, pageOf, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { loggedEvents } from "../kit/events/logged.ts";

const [GATE, SIDE] = ["SN7A2300583", "SN7A2300584"] as const;

interface Resent {
  readonly answer: {
    readonly commands: readonly { readonly id: string; readonly status: string }[];
    readonly userErrors: readonly { readonly code: string; readonly path: readonly string[] }[];
  };
}

const RESEND = `mutation ($key: String!) {
  answer: resendUser(input: { employeeCode: "1042", serialNumbers: ["${SIDE}", "${GATE}"],
    options: { idempotencyKey: $key, waitSeconds: 1, queueIfOffline: false } }) {
    commands { id status } userErrors { code path } }
}`;

const resend = async (portico: TestApp, key: string): Promise<Resent["answer"]> => {
  const { data } = await portico.ask<Resent, object>(RESEND, { key });
  return data.answer;
};

/** Resolves when the facade has received this many changes of device status. */
const receivedChanges = (portico: TestApp, changes: number) =>
  expect
    .poll(async () => {
      const events = await loggedEvents(portico.log, "0-0", 50);
      return events.filter((event) => JSON.stringify(event).includes("PreviousStatus")).length;
    })
    .toBe(changes);

test("a key returns the same result after a device went offline or came back", async () => {
  const portico = await startPortico();
  const whole = await resend(portico, "resend-0001");
  expect(whole).toMatchObject({ commands: [{ status: "SUCCEEDED" }, { status: "SUCCEEDED" }], userErrors: [] });

  portico.sandbox.changeDevice(SIDE, { online: false });
  await receivedChanges(portico, 1);
  expect(await resend(portico, "resend-0001")).toEqual(whole);
  const part = await resend(portico, "resend-0002");
  expect(part.commands).toHaveLength(1);
  expect(part.userErrors).toEqual([{ code: "DEVICE_OFFLINE", path: ["input", "serialNumbers", "0"] }]);

  portico.sandbox.changeDevice(SIDE, { online: true });
  await receivedChanges(portico, 2);
  expect(await resend(portico, "resend-0002")).toEqual(part);
});

test("a key whose command was refused because its devices are offline can be used again when they are back", async () => {
  const portico = await startPortico();
  for (const serial of [GATE, SIDE]) portico.sandbox.changeDevice(serial, { online: false });
  await receivedChanges(portico, 2);
  const refused = await resend(portico, "resend-0003");
  expect(refused.commands).toEqual([]);
  expect(refused.userErrors.map(({ code }) => code)).toEqual(["DEVICE_OFFLINE", "DEVICE_OFFLINE"]);
  for (const serial of [GATE, SIDE]) portico.sandbox.changeDevice(serial, { online: true });
  await receivedChanges(portico, 4);
  expect((await resend(portico, "resend-0003")).commands).toHaveLength(2);
});

test("a device that was left out has no command either when the answer was lost and the request is repeated", async () => {
  const [offline, online] = [
    { ...DEVICE, Status: "Offline" },
    { ...DEVICE, DeviceSN: "GATE-002" },
  ];
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [offline, online]),
    RebootDevice: 500,
    GetCommandStatus: { Commands: [] },
  });
  await portico.ask("{ devices { nodes { status } } }");
  const reboot = async () => {
    const { data } = await portico.ask<Resent, object>(`mutation {
      answer: rebootDevice(input: { serialNumbers: ["GATE-001", "GATE-002"],
        options: { waitSeconds: 0, idempotencyKey: "reboot", queueIfOffline: false } }) {
        commands { status device { serialNumber } } userErrors { code path } } }`);
    return data.answer;
  };
  const userErrors = [{ code: "DEVICE_OFFLINE", path: ["input", "serialNumbers", "0"] }];
  const device = { serialNumber: "GATE-002" };
  expect(await reboot()).toEqual({ commands: [{ status: "UNKNOWN", device }], userErrors });
  const command = { CommandID: "cmd_2", Operation: "RebootDevice", DeviceSN: "GATE-002", CommandStatus: "Done" };
  portico.answers.GetCommandStatus = (query) => ({ Commands: [{ ...command, OperationID: query.get("OperationID") }] });
  const settled = { commands: [{ status: "SUCCEEDED", device }], userErrors };
  expect([await reboot(), await reboot()]).toEqual([settled, settled]);
  expect(portico.calls.filter((name) => name === "GetCommandStatus")).toHaveLength(2);
});

import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../kit/portico/app.ts";

interface Punch {
  readonly at: string;
  readonly localTime: string;
  readonly utcOffset: string;
  readonly clockSuspect: boolean;
  readonly receivedAt: string | null;
}

interface Punches {
  readonly device: { readonly timeZone: string; readonly punches: { readonly nodes: readonly Punch[] } };
}

/** Returns the serial number of a device in the zone, with a correct clock. */
const deviceIn = ({ sandbox }: TestApp, zone: string): string => {
  const device = [...sandbox.gateway.world.devices.values()].find((each) => each.TimeZone === zone);
  if (device === undefined) throw new Error(`The sandbox has no device in ${zone}.`);
  device.clockDriftSeconds = 0;
  return device.DeviceSN;
};

const punchesOf = (from: string, to: string) => `query ($serialNumber: String!) {
  device(serialNumber: $serialNumber) {
    timeZone
    punches(from: "${from}", to: "${to}", first: 100) { nodes { at localTime utcOffset clockSuspect receivedAt } }
  }
}`;

test("localTime is the device's wall clock and at is the instant, on both sides of a clock change", async () => {
  const portico = await startPortico({ start: Date.parse("2026-10-25T12:00:00Z") });
  const serialNumber = deviceIn(portico, "Europe/Berlin");
  portico.sandbox.punch(
    { DeviceSN: serialNumber, EmployeeCode: "77001", at: Date.parse("2026-10-24T23:30:00Z") },
    { DeviceSN: serialNumber, EmployeeCode: "77002", at: Date.parse("2026-10-25T00:30:00Z") },
    { DeviceSN: serialNumber, EmployeeCode: "77003", at: Date.parse("2026-10-25T01:30:00Z") },
  );
  const { data } = await portico.ask<Punches, object>(punchesOf("2026-10-25T01:00:00", "2026-10-25T03:00:00"), {
    serialNumber,
  });
  const added = data.device.punches.nodes.filter(({ at }) => at.endsWith(":30:00Z"));
  expect(added.map(({ at, localTime, utcOffset }) => ({ at, localTime, utcOffset }))).toEqual([
    { at: "2026-10-24T23:30:00Z", localTime: "2026-10-25T01:30:00", utcOffset: "+02:00" },
    { at: "2026-10-25T00:30:00Z", localTime: "2026-10-25T02:30:00", utcOffset: "+02:00" },
    { at: "2026-10-25T01:30:00Z", localTime: "2026-10-25T02:30:00", utcOffset: "+01:00" },
  ]);
});

test("every punch of the sandbox has the same instant by its offset and by its device's zone", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ punches: { nodes: (Punch & { device: { timeZone: string } })[] } }, object>(
    `{
      punches(from: "2026-06-10T00:00:00", to: "2026-06-21T00:00:00", first: 500) {
        nodes { at localTime utcOffset clockSuspect receivedAt device { timeZone } }
      }
    }`,
  );
  expect(data.punches.nodes).toHaveLength(500);
  for (const { at, localTime, device } of data.punches.nodes) {
    const clock = new Intl.DateTimeFormat("sv-SE", {
      timeZone: device.timeZone,
      dateStyle: "short",
      timeStyle: "medium",
    });
    expect(clock.format(new Date(at)).replace(" ", "T")).toBe(localTime);
  }
});

test("the end of a night shift is the correct instant across a clock change", async () => {
  const portico = await startPortico({ start: Date.parse("2026-10-26T12:00:00Z") });
  const serialNumber = deviceIn(portico, "Europe/Berlin");
  portico.sandbox.punch(
    { DeviceSN: serialNumber, EmployeeCode: "77009", at: Date.parse("2026-10-24T20:00:00Z") },
    { DeviceSN: serialNumber, EmployeeCode: "77009", at: Date.parse("2026-10-25T05:00:00Z") },
  );
  const { data } = await portico.ask(`{
    attendanceDays(from: "2026-10-24", to: "2026-10-24", employeeCodes: ["77009"], dayStart: "12:00") {
      nodes { date firstIn { at localTime } lastOut { at localTime } }
    }
  }`);
  expect(data).toEqual({
    attendanceDays: {
      nodes: [
        {
          date: "2026-10-24",
          firstIn: { at: "2026-10-24T20:00:00Z", localTime: "2026-10-24T22:00:00" },
          lastOut: { at: "2026-10-25T05:00:00Z", localTime: "2026-10-25T06:00:00" },
        },
      ],
    },
  });
});

test("a punch with an impossible clock is kept and has clockSuspect", async () => {
  const portico = await startPortico();
  const suspect = portico.sandbox.gateway.world.punches.find(({ ClockSuspect }) => ClockSuspect);
  if (suspect === undefined) throw new Error("The sandbox has no suspect punch.");
  const day = suspect.AttendanceLog.slice(0, 10);
  const { data } = await portico.ask<Punches, object>(punchesOf(`${day}T00:00:00`, `${day}T23:59:59`), {
    serialNumber: suspect.DeviceSN,
  });
  const found = data.device.punches.nodes.find(
    ({ localTime }) => localTime === suspect.AttendanceLog.replace(" ", "T"),
  );
  expect(found?.clockSuspect).toBe(true);
});

test("a period excludes its end", async () => {
  const portico = await startPortico();
  const serialNumber = deviceIn(portico, "Asia/Kolkata");
  portico.sandbox.punch(
    { DeviceSN: serialNumber, EmployeeCode: "77001", at: Date.parse("2026-06-20T18:29:59Z") },
    { DeviceSN: serialNumber, EmployeeCode: "77002", at: Date.parse("2026-06-20T18:30:00Z") },
  );
  const timesIn = async (from: string, to: string) => {
    const { data } = await portico.ask<Punches, object>(punchesOf(from, to), { serialNumber });
    return data.device.punches.nodes.map(({ localTime }) => localTime);
  };
  expect(await timesIn("2026-06-20T23:59:59", "2026-06-21T00:00:00")).toEqual(["2026-06-20T23:59:59"]);
  expect(await timesIn("2026-06-21T00:00:00", "2026-06-21T00:00:01")).toEqual(["2026-06-21T00:00:00"]);
});

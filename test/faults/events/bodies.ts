import { kindOf } from "./ledger.ts";
import type { Random } from "./random.ts";

/** A callback, as a gateway posts it. */
export interface Callback {
  readonly contentType: string;
  readonly body: string;
}

const FIRST_PUNCH = Date.parse("2026-06-21T05:00:00Z");

/** The wall clock of a device: another second for each number. */
const wallClock = (number: number): string =>
  new Date(FIRST_PUNCH + number * 1_000).toISOString().slice(0, 19).replace("T", " ");

interface Sender {
  readonly serial: string;
  readonly token: string;
}

/** One event in the form of version 3. */
const eventOf = ({ serial, token }: Sender, number: number) => {
  const head = { EventID: `${serial}-${number}`, AuthToken: token, DeviceSN: serial, Time: new Date().toISOString() };
  const EmployeeCode = String(number);
  const kind = kindOf(number);
  if (kind === "punch")
    return {
      ...head,
      Event: "attendance.new",
      EmployeeCode,
      AttendanceLog: wallClock(number),
      UtcOffset: "+00:00",
      Type: "face",
      Direction: "CheckIn",
    };
  if (kind === "enrollment")
    return {
      ...head,
      Event: "enrollment.update",
      EmployeeCode,
      Action: "UserUpdated",
      EnrollmentStatus: "Completed",
      Source: "Device",
    };
  return {
    ...head,
    Event: "device.status",
    Status: "Online",
    PreviousStatus: "Offline",
    Reason: "Connected",
    QueueDepth: number,
  };
};

/** Punches in the form of the older generation, as rows of one page. */
const pageOfPunches = ({ serial, token }: Sender, numbers: readonly number[]) => ({
  RealTime: {
    OperationID: `${serial}-${numbers[0] ?? 0}`,
    SerialNumber: serial,
    AuthToken: token,
    Time: `${wallClock(numbers[0] ?? 0)} GMT +0000`,
    PunchLog: {
      Log: numbers.map((number) => ({
        Type: "CheckIn",
        InputType: "Face",
        UserId: String(number),
        LogTime: `${wallClock(number)} GMT +0000`,
      })),
    },
  },
});

/** Writes events with consecutive numbers into one body, in one of the forms that gateways use. */
export const callbackOf = (sender: Sender, numbers: readonly number[], random: Random): Callback => {
  const choice = random();
  if (choice < 0.5 && numbers.every((number) => kindOf(number) === "punch"))
    return { contentType: "application/json", body: JSON.stringify(pageOfPunches(sender, numbers)) };
  const events = numbers.map((number) => eventOf(sender, number));
  if (events.length === 1) return { contentType: "application/json", body: JSON.stringify(events[0]) };
  if (choice < 0.75) return { contentType: "application/json", body: JSON.stringify(events) };
  const lines = events.map((event) => JSON.stringify(event)).join("\n");
  return { contentType: "application/x-ndjson", body: lines };
};

import type { NewEvent } from "../../../src/events/event.ts";

export const DEVICES = ["SN7A2300583", "SN7A2300584", "SN7C0400312", "SN7B1100202"] as const;

/** The punch with this number at a device. The number determines the key. */
export const punchAt = (DeviceSN: string, number: number): NewEvent => ({
  key: `${DeviceSN}:${number}`,
  DeviceSN,
  occurredAt: "2026-06-21T03:32:15Z",
  receivedAt: "2026-06-21T03:32:16.250Z",
  recovered: false,
  body: {
    kind: "attendance.new",
    punch: {
      PunchID: `pun_${number}`,
      DeviceSN,
      DeviceLabel: "Hauptgebäude – Tor 1",
      EmployeeCode: String(1000 + number),
      EmployeeName: null,
      AttendanceLog: "2026-06-21 09:02:15",
      UtcOffset: "+05:30",
      Type: "face",
      Direction: "CheckIn",
      Temperature: 36.6,
      FaceMask: null,
      HasPhoto: true,
      ReceivedTime: null,
      ClockSuspect: null,
    },
  },
});

/** The punches with these numbers at one device. */
export const punches = (from: number, to: number, DeviceSN: string = DEVICES[0]): readonly NewEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => punchAt(DeviceSN, from + index));

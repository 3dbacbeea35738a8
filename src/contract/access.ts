import { z } from "zod";
import { asAsked } from "./as-asked.ts";
import {
  withDefault,
  expected,
  foundInRow,
  nullable,
  optional,
  orNone,
  record,
  rows,
  rowsOnDemand,
  type Decoded,
} from "./codec.ts";
import { clockOfRow, instant, offsetOf } from "./times.ts";
import { boolean, deviceSerial, identified, int32, ordinal, personCode, remark, text } from "./values.ts";
import { answer, CommandEnvelope, commandOptions, doorCommandOptions, page } from "./envelope.ts";
import { command, read } from "./operation.ts";
import { directionIn, modalityIn } from "./roles.ts";
import { rule, withinDays } from "./rules.ts";
import {
  DateOrLocalDateTime,
  DeviceSN,
  DeviceTargets,
  DoorNo,
  EmployeeCode,
  DUPLICATE,
  isUnique,
  Limit,
  OffSet,
  ScheduleID,
  TimeOfDay,
} from "./scalars.ts";
import {
  AccessEventType,
  DeviceStatus,
  Direction,
  DoorAlarm,
  DoorMode,
  DoorState,
  LockMode,
  LockState,
  Modality,
  ScheduleDay,
  SortOrder,
} from "./vocabulary.ts";

/** A door in its last known state; `AsOf` is the time of that state. */
export const Door = record({
  DeviceSN: asAsked("DeviceSN", deviceSerial),
  DoorNo: int32,
  DoorLabel: nullable(text),
  State: withDefault(DoorState.tolerant, "Unknown"),
  LockState: withDefault(LockState.tolerant, "Unknown"),
  Mode: withDefault(DoorMode.tolerant, "Unknown"),
  Alarm: expected(DoorAlarm.tolerant),
  SensorPresent: expected(boolean),
  LastChangeTime: nullable(instant),
  AsOf: expected(instant),
  DeviceStatus: withDefault(DeviceStatus.tolerant, "Unknown"),
});
export type Door = Decoded<typeof Door>;

/** An entry of the access log. */
export const AccessEvent = record({
  EventID: text,
  DeviceSN: asAsked("DeviceSN", deviceSerial),
  DoorNo: expected(ordinal),
  EventTime: clockOfRow,
  UtcOffset: offsetOf("EventTime"),
  EventType: withDefault(AccessEventType.tolerant, "Other"),
  EmployeeCode: orNone(personCode),
  EmployeeName: optional(nullable(text)),
  Type: foundInRow(orNone(Modality.tolerant), modalityIn),
  Direction: foundInRow(nullable(Direction.tolerant), directionIn),
  Reason: nullable(remark),
  CommandID: identified(orNone(text)),
});
export type AccessEvent = Decoded<typeof AccessEvent>;

const Reason = z.string().max(200).optional();

export const OpenDoor = command("access", "once", {
  name: "OpenDoor",
  priority: "door",
  queueIfOffline: false,
  input: z.object({
    ...doorCommandOptions,
    DeviceSN,
    DoorNo: DoorNo.default(1),
    DurationSeconds: z.int32().min(1).max(254).default(5),
    Reason,
    Operator: z.string().max(64).optional(),
  }),
  output: CommandEnvelope,
  sample: {
    DeviceSN: "SN7A2300583",
    DoorNo: 1,
    DurationSeconds: 5,
    Reason: "Courier at the gate",
    Operator: "reception",
  },
});

export const LockDoor = command("access", "once", {
  name: "LockDoor",
  priority: "door",
  queueIfOffline: false,
  input: z
    .object({
      ...doorCommandOptions,
      DeviceSN,
      DoorNo: DoorNo.default(1),
      Mode: LockMode.exact.default("Lock"),
      HoldSeconds: z.int32().min(1).max(86_400).nullable().optional(),
      Reason,
    })
    .superRefine(
      rule(
        ({ Mode, HoldSeconds }) => HoldSeconds == null || Mode === "HoldLocked" || Mode === "HoldOpen",
        "HoldSeconds",
        "invalidRequestData",
        "HoldSeconds is only for Mode HoldLocked and HoldOpen.",
        { kind: "holdMode" },
      ),
    ),
  output: CommandEnvelope,
  sample: { DeviceSN: "SN7A2300583", DoorNo: 1, Mode: "HoldLocked", HoldSeconds: 3600, Reason: "Fire drill over" },
});

export const GetDoorStatus = read("access", {
  name: "GetDoorStatus",
  input: z.object({ DeviceSN, DoorNo: DoorNo.optional() }),
  output: answer({ Doors: rows(Door) }),
  sample: { DeviceSN: "SN7A2300583" },
});

const ScheduleWindow = z.object({ Start: TimeOfDay, End: TimeOfDay });

export const SetAccessSchedule = command("access", "idempotent", {
  name: "SetAccessSchedule",
  input: z
    .object({
      ...commandOptions,
      DeviceSN: DeviceTargets,
      ScheduleID,
      ScheduleName: z.string().max(64).optional(),
      Days: z
        .array(z.object({ Day: ScheduleDay.exact, Windows: z.array(ScheduleWindow).max(5) }))
        .min(1)
        .max(8),
      EmployeeCodes: z.array(EmployeeCode).refine(isUnique, DUPLICATE).nullable().optional(),
      DoorNos: z.array(DoorNo).refine(isUnique, DUPLICATE).nullable().optional(),
    })
    .superRefine(rule(({ Days }) => isUnique(Days.map(({ Day }) => Day)), "Days", "outOfLimits", "A day occurs twice."))
    .superRefine(
      rule(
        ({ Days }) => Days.every(({ Windows }) => Windows.every(({ Start, End }) => Start <= End)),
        "Days",
        "outOfLimits",
        "A window ends before it starts; split it at midnight.",
      ),
    ),
  output: CommandEnvelope,
  sample: {
    DeviceSN: ["SN7A2300583"],
    ScheduleID: 1,
    ScheduleName: "Office hours",
    Days: [{ Day: "Monday", Windows: [{ Start: "09:00", End: "18:00" }] }],
  },
});

export const GetAccessEvents = read("access", {
  name: "GetAccessEvents",
  input: z
    .object({
      FromDate: DateOrLocalDateTime,
      ToDate: DateOrLocalDateTime,
      DeviceSN: DeviceSN.optional(),
      DoorNo: DoorNo.optional(),
      EmployeeCode: EmployeeCode.optional(),
      EventType: z.array(AccessEventType.exact).min(1).max(14).refine(isUnique, DUPLICATE).optional(),
      Sort: SortOrder.exact.default("Asc"),
      Limit,
      OffSet: OffSet.optional(),
    })
    .superRefine(withinDays(31)),
  output: page({ AccessEvents: rowsOnDemand(AccessEvent) }),
  sample: { FromDate: "2026-06-01", ToDate: "2026-06-21" },
});

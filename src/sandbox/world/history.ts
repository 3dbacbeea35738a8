import type { SimCommand, SimMigration } from "../state.ts";
import { DAY, HOUR, lastTimeOfDay, MINUTE, SECOND } from "../time.ts";

/** Creates the finished command of the contract's examples. */
export const createCommands = (now: number): SimCommand[] => {
  const queued = lastTimeOfDay(now, "03:32:15");
  return [
    {
      CommandID: "cmd_01J9Z8N3T5",
      OperationID: "k3v9x2m1qz7a",
      Operation: "EnrollFingerprint",
      DeviceSN: "SN7A2300583",
      EmployeeCode: "1042",
      CommandStatus: "Done",
      StatusCode: 0,
      queued,
      sent: queued + SECOND,
      completed: Math.min(now, queued + 6 * SECOND),
      expires: queued + DAY,
      Attempts: 1,
      FailureReason: null,
      Result: null,
    },
  ];
};

/** Creates migrations, oldest first: one failed, one completed, one in progress. */
export const createMigrations = (now: number): SimMigration[] => [
  {
    MigrationID: "mig_01J9WD02ZC",
    Kind: "CopyUsers",
    SourceDeviceSN: "SN7C0400311",
    TargetDeviceSN: ["SN7C0400312"],
    State: "Failed",
    Total: 9,
    Done: 6,
    Failed: 3,
    started: now - 5 * DAY - HOUR,
    completed: now - 5 * DAY,
    FailureReason: "Three users were refused: the terminal takes numeric codes only.",
  },
  {
    MigrationID: "mig_01J9XQ4B7E",
    Kind: "DeviceReplacement",
    SourceDeviceSN: null,
    TargetDeviceSN: ["SN7B1100202"],
    State: "Completed",
    Total: 14,
    Done: 14,
    Failed: 0,
    started: now - 2 * DAY,
    completed: now - 2 * DAY + 11 * MINUTE,
    FailureReason: null,
  },
  {
    MigrationID: "mig_01J9Z9A1KD",
    Kind: "DataMigration",
    SourceDeviceSN: "SN7A2300583",
    TargetDeviceSN: ["SN7A2300584"],
    State: "InProgress",
    Total: 50,
    Done: 39,
    Failed: 0,
    started: now - 10 * MINUTE,
    completed: null,
    FailureReason: null,
  },
];

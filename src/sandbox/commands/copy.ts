import { credentialAdded, emitEnrollment, type EnrollmentChange } from "../enrollment.events.ts";
import { limitToDevice, isPendingAdd, isKnownEmployee, userOnDevice, storeUser } from "../enrollments.ts";
import type { Call, DeviceRefusal, DeviceTask, Gateway, Handlers, TaskOutcome } from "../handler.ts";
import type { SimDevice, SimMigration, SimUser } from "../state.ts";
import { submitCommands } from "./submission.ts";
import { checkCommands, namedDevices } from "./targets.ts";
import { unknownEmployee } from "./user.task.ts";

type Input = Call<"CopyUsers">["input"];

const MIN_ITEM_MS = 250;

const ABSENT: DeviceRefusal = {
  kind: "refused",
  status: "rejectedByDevice",
  reason: "The user is not on the source device.",
};

/** The user as it will be on the target. What is not copied keeps the target's value. */
const copyOf = (user: SimUser, target: SimDevice, input: Input): SimUser => {
  const present = userOnDevice(target, user.EmployeeCode);
  return limitToDevice(
    {
      ...user,
      credentials: input.IncludeTemplates ? user.credentials : (present?.credentials ?? []),
      photo: input.IncludePhotos ? user.photo : (present?.photo ?? null),
    },
    target,
  );
};

/** Copies one user. Returns what changed on the target, or why the target refused it. */
const copyUser = (source: SimDevice, target: SimDevice, EmployeeCode: string, input: Input, now: number) => {
  const user = userOnDevice(source, EmployeeCode);
  if (user === undefined) return ABSENT;
  const isPresent = userOnDevice(target, EmployeeCode) !== undefined;
  if (isPresent && !input.Overwrite) return [];
  const copy = copyOf(user, target, input);
  const refusal = storeUser(target, copy, now);
  if (refusal !== undefined) return refusal;
  const credentials = input.IncludeTemplates ? copy.credentials : [];
  return [{ Action: isPresent ? "UserUpdated" : "UserAdded" } as const, ...credentials.map(credentialAdded)];
};

interface CopiedUser {
  readonly EmployeeCode: string;
  readonly changes: readonly EnrollmentChange[];
  readonly FailureReason: string | null;
}

interface Copy {
  readonly source: SimDevice;
  readonly target: SimDevice;
  readonly codes: readonly string[];
  readonly input: Input;
  readonly migration: SimMigration;
  /** Called when the command of this target has ended. */
  readonly onTargetEnd: (FailureReason: string | null) => void;
}

/** One target of a copy. It copies one user after the other, so that callers can observe the progress. */
const copyTask = (gateway: Gateway, { source, target, codes, input, migration, onTargetEnd }: Copy): DeviceTask => {
  const copied: CopiedUser[] = [];
  let firstRefusal: DeviceRefusal | undefined;
  const fail = (EmployeeCode: string, FailureReason: string) => {
    copied.push({ EmployeeCode, changes: [{ Action: "UserAdded" }], FailureReason });
    migration.Failed += 1;
  };
  const copyNext = (EmployeeCode: string) => {
    const result = copyUser(source, target, EmployeeCode, input, gateway.clock.now());
    if ("kind" in result) {
      firstRefusal ??= result;
      return fail(EmployeeCode, result.reason);
    }
    copied.push({ EmployeeCode, changes: result, FailureReason: null });
    migration.Done += 1;
  };
  const outcome = (): TaskOutcome => {
    if (firstRefusal === undefined) return { kind: "done" };
    const failures = copied.filter(({ FailureReason }) => FailureReason !== null).length;
    return { ...firstRefusal, reason: `${failures} of ${codes.length} users failed: ${firstRefusal.reason}` };
  };
  return {
    DeviceSN: target.DeviceSN,
    task: {
      disconnect: "requeue",
      run: () => {
        if (migration.State === "NotStarted") migration.State = "InProgress";
        migration.started ??= gateway.clock.now();
        const EmployeeCode = codes[copied.length];
        if (EmployeeCode !== undefined) copyNext(EmployeeCode);
        if (copied.length === codes.length) return outcome();
        return { kind: "working", forMs: Math.max(MIN_ITEM_MS, target.acknowledgeMs / 4) };
      },
      onEnd: (command) => {
        const { DeviceSN } = target;
        const aborted = command.FailureReason ?? "The copy ended early.";
        for (const EmployeeCode of codes.slice(copied.length)) fail(EmployeeCode, aborted);
        for (const { EmployeeCode, changes, FailureReason } of copied) {
          emitEnrollment(gateway, { DeviceSN, EmployeeCode, command, FailureReason }, changes);
        }
        onTargetEnd(command.FailureReason);
      },
    },
  };
};

const enrolledCodes = (source: SimDevice): string[] =>
  [...source.users].filter(([, enrollment]) => !isPendingAdd(enrollment)).map(([EmployeeCode]) => EmployeeCode);

/** Ends the migration when its last target has ended. */
const trackTargets = (gateway: Gateway, migration: SimMigration) => {
  let running = migration.TargetDeviceSN.length;
  return (FailureReason: string | null) => {
    running -= 1;
    migration.FailureReason ??= FailureReason;
    if (running > 0) return;
    migration.State = migration.FailureReason === null ? "Completed" : "Failed";
    migration.completed = gateway.clock.now();
  };
};

export const copyHandlers: Handlers<"CopyUsers"> = {
  CopyUsers(call, gateway) {
    const { input, caller } = call;
    const { world, newId } = gateway;
    const [source] = namedDevices(world, caller, input.SourceDeviceSN, "SourceDeviceSN");
    const targets = namedDevices(world, caller, input.TargetDeviceSN, "TargetDeviceSN");
    return submitCommands(call, gateway, () => {
      if (source === undefined) throw new Error("A copy must have a source.");
      checkCommands([source], "SourceDeviceSN");
      checkCommands(targets, "TargetDeviceSN");
      const codes = input.EmployeeCodes ?? enrolledCodes(source);
      if (codes.some((code) => !isKnownEmployee(world, code))) throw unknownEmployee("EmployeeCodes");
      const migration: SimMigration = {
        MigrationID: newId("mig"),
        Kind: "CopyUsers",
        SourceDeviceSN: source.DeviceSN,
        TargetDeviceSN: targets.map(({ DeviceSN }) => DeviceSN),
        State: "NotStarted",
        Total: codes.length * targets.length,
        Done: 0,
        Failed: 0,
        started: null,
        completed: null,
        FailureReason: null,
      };
      world.migrations.set(migration.MigrationID, migration);
      const onTargetEnd = trackTargets(gateway, migration);
      const tasks = targets.map((target) =>
        copyTask(gateway, { source, target, codes, input, migration, onTargetEnd }),
      );
      return { tasks, members: { MigrationID: migration.MigrationID } };
    });
  },
};

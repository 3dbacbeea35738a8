import { credentialAdded, emitEnrollment, type EnrollmentChange } from "../enrollment.events.ts";
import { asOnDevice, isAwaited, isKnown, onDevice, store } from "../enrollments.ts";
import type { Call, Gateway, Handlers, Order, Outcome } from "../handler.ts";
import type { SimDevice, SimMigration, SimUser } from "../state.ts";
import { submit } from "./submission.ts";
import { checkCommands, namedDevices } from "./targets.ts";
import { unknownEmployee } from "./user.task.ts";

type Input = Call<"CopyUsers">["input"];
type Refused = Extract<Outcome, { kind: "refused" }>;

const SHORTEST_ITEM_MS = 250;

const ABSENT: Refused = {
  kind: "refused",
  status: "rejectedByDevice",
  reason: "The user is not on the source device.",
};

/** The user as it will be on the target: what is not copied stays as it is there. */
const copyOf = (user: SimUser, target: SimDevice, input: Input): SimUser => {
  const present = onDevice(target, user.EmployeeCode);
  return asOnDevice(
    {
      ...user,
      credentials: input.IncludeTemplates ? user.credentials : (present?.credentials ?? []),
      photo: input.IncludePhotos ? user.photo : (present?.photo ?? null),
    },
    target,
  );
};

/** Copies one user; what changed on the target, or why nothing could. */
const copyUser = (source: SimDevice, target: SimDevice, EmployeeCode: string, input: Input, now: number) => {
  const user = onDevice(source, EmployeeCode);
  if (user === undefined) return ABSENT;
  const isPresent = onDevice(target, EmployeeCode) !== undefined;
  if (isPresent && !input.Overwrite) return [];
  const copy = copyOf(user, target, input);
  const refusal = store(target, copy, now);
  if (refusal !== undefined) return refusal;
  const credentials = input.IncludeTemplates ? copy.credentials : [];
  return [{ Action: isPresent ? "UserUpdated" : "UserAdded" } as const, ...credentials.map(credentialAdded)];
};

interface Copied {
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
  readonly ended: (FailureReason: string | null) => void;
}

/** One target of a copy: one user after the other, so that its progress can be watched. */
const copyOrder = (gateway: Gateway, { source, target, codes, input, migration, ended }: Copy): Order => {
  const copied: Copied[] = [];
  let firstRefusal: Refused | undefined;
  const fail = (EmployeeCode: string, FailureReason: string) => {
    copied.push({ EmployeeCode, changes: [{ Action: "UserAdded" }], FailureReason });
    migration.Failed += 1;
  };
  const copyNext = (EmployeeCode: string) => {
    const made = copyUser(source, target, EmployeeCode, input, gateway.clock.now());
    if ("kind" in made) {
      firstRefusal ??= made;
      return fail(EmployeeCode, made.reason);
    }
    copied.push({ EmployeeCode, changes: made, FailureReason: null });
    migration.Done += 1;
  };
  const outcome = (): Outcome => {
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
        return { kind: "working", forMs: Math.max(SHORTEST_ITEM_MS, target.acknowledgeMs / 4) };
      },
      ended: (command) => {
        const { DeviceSN } = target;
        const aborted = command.FailureReason ?? "The copy ended early.";
        for (const EmployeeCode of codes.slice(copied.length)) fail(EmployeeCode, aborted);
        for (const { EmployeeCode, changes, FailureReason } of copied) {
          emitEnrollment(gateway, { DeviceSN, EmployeeCode, command, FailureReason }, changes);
        }
        ended(command.FailureReason);
      },
    },
  };
};

const everyone = (source: SimDevice): string[] =>
  [...source.users].filter(([, enrollment]) => !isAwaited(enrollment)).map(([EmployeeCode]) => EmployeeCode);

/** Ends the migration with its last target. */
const countTargets = (gateway: Gateway, migration: SimMigration) => {
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
    return submit(call, gateway, () => {
      if (source === undefined) throw new Error("A copy has a source.");
      checkCommands([source], "SourceDeviceSN");
      checkCommands(targets, "TargetDeviceSN");
      const codes = input.EmployeeCodes ?? everyone(source);
      if (codes.some((code) => !isKnown(world, code))) throw unknownEmployee("EmployeeCodes");
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
      const ended = countTargets(gateway, migration);
      const orders = targets.map((target) => copyOrder(gateway, { source, target, codes, input, migration, ended }));
      return { orders, members: { MigrationID: migration.MigrationID } };
    });
  },
};

import { done, type Gateway, type Handlers, Refusal } from "../handler.ts";
import type { SimCallback, SimMigration } from "../state.ts";
import { toGmt } from "../time.ts";
import { RETENTION_MS } from "./queues.ts";
import { requestKey } from "./requests.ts";
import { checkPairing, checkPlan, visibleDevices, namedDevices } from "./targets.ts";

const checkUrl = (CallbackURL: string): void => {
  const url = URL.canParse(CallbackURL) ? new URL(CallbackURL) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "") return;
  throw new Refusal("invalidCallbackUrl", "CallbackURL must be an absolute http or https URL.", {
    field: "CallbackURL",
  });
};

const toCallback = (callback: SimCallback) => ({
  CallbackID: callback.CallbackID,
  CallbackURL: callback.CallbackURL,
  Events: callback.Events,
  DeviceSN: callback.DeviceSN,
  Encryption: callback.securityKey === null ? "None" : "AES-256-ECB",
  Active: callback.Active,
  CreatedTime: toGmt(callback.created),
});

const toMigration = (migration: SimMigration) => {
  const { Total, Done, Failed, started, completed } = migration;
  const emptyProgress = completed === null ? 0 : 100;
  return {
    MigrationID: migration.MigrationID,
    Kind: migration.Kind,
    SourceDeviceSN: migration.SourceDeviceSN,
    TargetDeviceSN: migration.TargetDeviceSN,
    State: migration.State,
    Progress: Total === 0 ? emptyProgress : Math.floor(((Done + Failed) / Total) * 100),
    Total,
    Done,
    Failed,
    StartedTime: started === null ? null : toGmt(started),
    CompletedTime: completed === null ? null : toGmt(completed),
    FailureReason: migration.FailureReason,
  };
};

const serialsOf = ({ SourceDeviceSN, TargetDeviceSN }: SimMigration): readonly string[] =>
  SourceDeviceSN === null ? TargetDeviceSN : [SourceDeviceSN, ...TargetDeviceSN];

const retainedMigrations = ({ world, clock }: Gateway): SimMigration[] =>
  [...world.migrations.values()].filter(
    ({ completed }) => completed === null || completed > clock.now() - RETENTION_MS,
  );

export const realtimeHandlers: Handlers<"RegisterCallback" | "MigrationStatus"> = {
  RegisterCallback(call, gateway) {
    const { input, caller } = call;
    const { world, clock, newId, callbacks, commands } = gateway;
    const devices = input.DeviceSN == null ? null : namedDevices(world, caller, input.DeviceSN);
    return commands.runIdempotent(call.operationId, requestKey(call.name, call.raw), () => {
      checkPlan(devices ?? []);
      checkUrl(input.CallbackURL);
      const known = world.callbacks.get(input.CallbackURL);
      const own = caller.scope === "device" ? [caller.DeviceSN] : null;
      const callback: SimCallback = {
        CallbackID: known?.CallbackID ?? newId("cbk"),
        CallbackURL: input.CallbackURL,
        Events: input.Events,
        DeviceSN: devices?.map(({ DeviceSN }) => DeviceSN) ?? own,
        token: input.CallbackToken ?? caller.token,
        securityKey: input.SecurityKey ?? null,
        signingSecret: input.SigningSecret ?? null,
        Active: input.Active,
        created: known?.created ?? clock.now(),
      };
      world.callbacks.set(callback.CallbackURL, callback);
      if (!callback.Active) callbacks.drop(callback.CallbackURL);
      return done({ Callback: toCallback(callback) });
    });
  },

  MigrationStatus(call, gateway) {
    const { world } = gateway;
    const { MigrationID, DeviceSN = "ALL" } = call.input;
    if (MigrationID !== undefined) {
      const migration = retainedMigrations(gateway).find((each) => each.MigrationID === MigrationID);
      if (migration === undefined) throw new Refusal("commandNotFound", "No such migration.", { field: "MigrationID" });
      if (call.caller.scope === "device" && !serialsOf(migration).includes(call.caller.DeviceSN)) {
        checkPairing(call.caller, migration.TargetDeviceSN[0] ?? "");
      }
      return done({ Migrations: [toMigration(migration)] });
    }
    const devices =
      DeviceSN === "ALL" ? visibleDevices(world, call.caller) : namedDevices(world, call.caller, DeviceSN);
    if (DeviceSN !== "ALL") checkPlan(devices);
    const serials = new Set(devices.map((device) => device.DeviceSN));
    const found = retainedMigrations(gateway).filter((migration) =>
      serialsOf(migration).some((serial) => serials.has(serial)),
    );
    return done({ Migrations: found.toReversed().map(toMigration) });
  },
};

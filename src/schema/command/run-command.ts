import type { Command } from "../../commands/command.ts";
import { AllDevicesOfflineError, type IdempotentResult, runIdempotent } from "../../commands/idempotency.ts";
import {
  type CommandName,
  operationIdFor,
  type CommandRequest,
  reconcile,
  submit,
  unknownBatch,
} from "../../commands/submit.ts";
import { type Input, OPERATIONS } from "../../contract/operations.ts";
import { GatewayError } from "../../gateway/errors.ts";
import { validate } from "../../gateway/request.ts";
import type { Context } from "../kernel/context.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import { deviceOffline, type NamedTargets, invalidInput, userErrorsOf, type UserErrorSource } from "./user-errors.ts";
import { callerKey } from "../kernel/viewer.ts";

/** What came of a mutation that gives orders to devices. */
export interface CommandOutcome {
  readonly commands: Command[];
  readonly userErrors: UserErrorSource[];
  readonly migrationId: string | null;
}

interface Options {
  readonly idempotencyKey?: string | null | undefined;
  readonly waitSeconds: number;
  readonly expiresInSeconds?: number | null | undefined;
  readonly queueIfOffline?: boolean | null | undefined;
}

export interface CommandInput extends NamedTargets {
  readonly options?: Options | null | undefined;
}

const DEFAULT_WAIT = 15;
/** Beyond its Wait, how long an order may be under way before whoever gave it must have died. */
const GRACE_MS = 10_000;

/**
 * Gives an order and tells what came of it: a command per device in input order, or what was refused. Whatever was read
 * before it is read again after it.
 */
export const runCommand = async <Name extends CommandName>(
  context: Context,
  operation: Name,
  input: CommandInput,
  request: Input<Name>,
): Promise<CommandOutcome> => {
  const { options } = input;
  const isDoor = operation === "OpenDoor" || operation === "LockDoor";
  const named = targetsOf(input);
  const offline = (options?.queueIfOffline ?? !isDoor) || named === "ALL" ? [] : named.filter(context.isOffline);
  const waitSeconds = options?.waitSeconds ?? DEFAULT_WAIT;
  const members = omitNullish({ Wait: waitSeconds, ExpirySeconds: options?.expiresInSeconds });
  const subject = {
    operationId: operationIdFor(options?.idempotencyKey, callerKey(context.viewer)),
    operation,
    doorNo: input.doorNumber ?? null,
    employeeCode: input.employeeCode ?? null,
    requestedAt: context.startedAt,
  };
  const orderWithout = (without: readonly string[]): CommandRequest<Name> => {
    const targets = named === "ALL" ? named : named.filter((serial) => !without.includes(serial));
    const fewer = without.length === 0 ? {} : { [operation === "CopyUsers" ? "TargetDeviceSN" : "DeviceSN"]: targets };
    return { operation, input: { ...members, ...request, ...fewer }, targets, subject };
  };
  const refusalsOf = (serials: readonly string[]) => serials.map((serial) => deviceOffline(serial, input));
  try {
    const fulfilled = await fulfil(context, orderWithout, offline, options?.idempotencyKey, waitSeconds);
    const { commands, migrationId } = fulfilled;
    return { commands: [...commands], userErrors: refusalsOf(fulfilled.offline), migrationId };
  } catch (error) {
    if (error instanceof AllDevicesOfflineError)
      return { commands: [], userErrors: refusalsOf(offline), migrationId: null };
    const userErrors = await userErrorsOf(error, input, context);
    if (userErrors === undefined) throw error;
    return { commands: [], userErrors: [...refusalsOf(offline), ...userErrors], migrationId: null };
  } finally {
    context.renew();
  }
};

/** Which devices are offline changes, and what a key stands for does not: that is settled when it is first used. */
const fulfil = async <Name extends CommandName>(
  { call, idempotency: once, viewer }: Context,
  orderWithout: (offline: readonly string[]) => CommandRequest<Name>,
  offline: readonly string[],
  idempotencyKey: string | null | undefined,
  waitSeconds: number,
): Promise<IdempotentResult> => {
  const give = async (without: readonly string[]) => {
    const order = orderWithout(without);
    if (without.length > 0 && order.targets.length === 0) throw new AllDevicesOfflineError();
    return submit(call, order);
  };
  if (idempotencyKey == null) return { ...(await give(offline)), offline };
  const whole = orderWithout([]);
  const { operation, input, subject } = whole;
  validate(operation, input);
  const lost = () =>
    new GatewayError("UPSTREAM_UNAVAILABLE", `What became of ${operation} is not known.`, { operation });
  const wish = {
    key: `${callerKey(viewer) ?? ""} ${idempotencyKey}`,
    operation,
    input,
    operationId: subject.operationId,
    offline,
    maxDurationMs: waitSeconds * 1000 + GRACE_MS,
    repeatable: OPERATIONS[operation].safety === "idempotent",
  };
  return runIdempotent(once, wish, {
    execute: give,
    reconcile: () => reconcile(call, whole),
    unknown: (without) => unknownBatch(orderWithout(without), lost()),
  });
};

const targetsOf = ({ serialNumber, serialNumbers, targetSerialNumbers }: CommandInput): readonly string[] | "ALL" => {
  if (serialNumber != null) return [serialNumber];
  return serialNumbers ?? targetSerialNumbers ?? "ALL";
};

/** The outcome of an order that is not given, for a fault found here. */
export const rejectedInput = (field: string, message: string): CommandOutcome => ({
  commands: [],
  userErrors: [invalidInput(field, message)],
  migrationId: null,
});

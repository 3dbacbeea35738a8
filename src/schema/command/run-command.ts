import type { DeviceCommand } from "../../commands/command.ts";
import { AllDevicesOfflineError, type IdempotentResult, runIdempotent } from "../../commands/idempotency.ts";
import {
  type CommandName,
  operationIdFor,
  parseIdempotencyKey,
  type CommandRequest,
  reconcile,
  submit,
  unknownBatch,
} from "../../commands/submit.ts";
import { type Input, OPERATIONS } from "../../contract/operations.ts";
import { GatewayError } from "../../gateway/errors.ts";
import { validate } from "../../gateway/request.ts";
import type { Context } from "../kernel/context.ts";
import { omitNullish } from "../kernel/omit.ts";
import { deviceOffline, type NamedTargets, invalidInput, userErrorsOf, type UserErrorSource } from "./user-errors.ts";
import { callerKey, idempotencyRecordKey } from "../kernel/viewer.ts";

/** The outcome of a mutation that sends commands to devices. */
export interface CommandOutcome {
  readonly commands: DeviceCommand[];
  readonly userErrors: UserErrorSource[];
  readonly migrationId: string | null;
}

interface Options {
  readonly idempotencyKey?: string | null | undefined;
  readonly waitSeconds: number;
  readonly expiresInSeconds?: number | null | undefined;
  readonly queueIfOffline?: boolean | null | undefined;
}

/** The members of a mutation's input that identify the targets and the options. */
export interface CommandInput extends NamedTargets {
  readonly options?: Options | null | undefined;
}

const DEFAULT_WAIT_SECONDS = 15;
/** How long a request may take beyond its wait; after that, the process that executes it must have died. */
const GRACE_MS = 10_000;

/**
 * Sends a command to each target and returns the commands in the order of the input, or the user errors. Discards what was
 * read before, so that the fields of the payload are read again.
 * @throws the error of a system fault.
 */
export const runCommand = async <Name extends CommandName>(
  context: Context,
  operation: Name,
  input: CommandInput,
  request: Input<Name>,
): Promise<CommandOutcome> => {
  const { options } = input;
  const { targets: targetsMember, queueIfOffline } = OPERATIONS[operation];
  const allTargets = targetsOf(input);
  if (allTargets === "ALL" && options?.queueIfOffline === false) return NOBODY_LEFT_OUT;
  const isQueued = allTargets === "ALL" || (options?.queueIfOffline ?? queueIfOffline);
  const offline = isQueued ? [] : allTargets.filter(context.isOffline);
  const waitSeconds = options?.waitSeconds ?? DEFAULT_WAIT_SECONDS;
  const timing = omitNullish({ Wait: waitSeconds, ExpirySeconds: options?.expiresInSeconds });
  const offlineErrors = (serials: readonly string[]) => serials.map((serial) => deviceOffline(serial, input));
  try {
    const idempotencyKey = parseIdempotencyKey(operation, options?.idempotencyKey);
    const subject = {
      operationId: operationIdFor(idempotencyKey, callerKey(context.viewer)),
      operation,
      doorNo: input.doorNumber ?? null,
      employeeCode: input.employeeCode ?? null,
      requestedAt: context.startedAt,
    };
    const requestWithout = (excluded: readonly string[]): CommandRequest<Name> => {
      const targets = allTargets === "ALL" ? allTargets : allTargets.filter((serial) => !excluded.includes(serial));
      const fewer = excluded.length === 0 ? {} : { [targetsMember]: targets };
      return { operation, input: { ...timing, ...request, ...fewer }, targets, subject };
    };
    const result = await runRequest(context, requestWithout, offline, idempotencyKey, waitSeconds);
    const { commands, migrationId } = result;
    return { commands: [...commands], userErrors: offlineErrors(result.offline), migrationId };
  } catch (error) {
    if (error instanceof AllDevicesOfflineError)
      return { commands: [], userErrors: offlineErrors(offline), migrationId: null };
    const userErrors = await userErrorsOf(error, input, context);
    if (userErrors === undefined) throw error;
    return { commands: [], userErrors: [...offlineErrors(offline), ...userErrors], migrationId: null };
  } finally {
    context.renew();
  }
};

/**
 * Submits the request, at most once per idempotency key. The first use of a key settles which offline devices are left out:
 * devices go offline and come back, but the meaning of a key does not change.
 */
const runRequest = async <Name extends CommandName>(
  { call, followCommands, idempotency, span, stopping, viewer }: Context,
  requestWithout: (offline: readonly string[]) => CommandRequest<Name>,
  offline: readonly string[],
  idempotencyKey: string | null,
  waitSeconds: number,
): Promise<IdempotentResult> => {
  const execute = async (excluded: readonly string[]) => {
    const request = requestWithout(excluded);
    if (excluded.length > 0 && request.targets.length === 0) throw new AllDevicesOfflineError();
    const deadline = performance.now() + waitSeconds * 1000;
    const batch = await submit(call, request, stopping);
    return { ...batch, commands: await followCommands(batch.commands, deadline - performance.now()) };
  };
  if (idempotencyKey === null) return { ...(await execute(offline)), offline };
  const fullRequest = requestWithout([]);
  const { operation, input, subject } = fullRequest;
  validate(operation, input);
  const lostResponse = () =>
    new GatewayError("UPSTREAM_UNAVAILABLE", `The outcome of ${operation} is unknown: the response was lost.`, {
      operation,
    });
  const idempotentRequest = {
    key: idempotencyRecordKey(viewer, idempotencyKey),
    operation,
    // Why a command is sent is no part of what it does: a retry may give another reason.
    input: { ...input, Reason: undefined },
    operationId: subject.operationId,
    span,
    offline,
    maxDurationMs: waitSeconds * 1000 + GRACE_MS,
    stopping,
    repeatable: OPERATIONS[operation].safety === "idempotent",
  };
  return runIdempotent(idempotency, idempotentRequest, {
    execute,
    reconcile: (excluded, startedAt) => reconcile(call, requestedAt(requestWithout(excluded), startedAt)),
    unknownOutcome: (excluded, startedAt) =>
      unknownBatch(requestedAt(requestWithout(excluded), startedAt), lostResponse()),
  });
};

/** A request as its first use of the key made it, in milliseconds since 1970 UTC. */
const requestedAt = <Name extends CommandName>(
  request: CommandRequest<Name>,
  startedAt: number,
): CommandRequest<Name> => ({
  ...request,
  subject: { ...request.subject, requestedAt: `${new Date(startedAt).toISOString().slice(0, 19)}Z` },
});

const targetsOf = ({ serialNumber, serialNumbers, targetSerialNumbers }: CommandInput): readonly string[] | "ALL" => {
  if (serialNumber != null) return [serialNumber];
  return serialNumbers ?? targetSerialNumbers ?? "ALL";
};

/** The outcome of a mutation whose input is rejected before anything is sent. The field is a path below the input. */
export const rejectedInput = (field: string | readonly string[], message: string): CommandOutcome => ({
  commands: [],
  userErrors: [invalidInput(field, message)],
  migrationId: null,
});

/** The gateway resolves "all devices", so none of them can be left out. */
const NOBODY_LEFT_OUT = rejectedInput(
  ["options", "queueIfOffline"],
  "It can be false only where the devices are named; nothing was sent to any device.",
);

/** Returns an outcome whose errors name these fields by their place in a member of the input. */
export const errorsBelow = (member: string, fields: ReadonlySet<string>, outcome: CommandOutcome): CommandOutcome => ({
  ...outcome,
  userErrors: outcome.userErrors.map((error) => {
    const [root = "input", field = "", ...rest] = error.path ?? [];
    return fields.has(field) ? { ...error, path: [root, member, field, ...rest] } : error;
  }),
});

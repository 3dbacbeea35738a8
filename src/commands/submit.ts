import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { CommandEnvelope } from "../contract/envelope.ts";
import type { CallOperation, Input, OPERATIONS, OperationName } from "../contract/operations.ts";
import { isSameName } from "../contract/scalars.ts";
import { invalidResponse } from "../gateway/answer.ts";
import { GatewayError, InvalidInputError } from "../gateway/errors.ts";
import {
  type DeviceCommand,
  commandFromResult,
  commandFromStatus,
  unknownCommand,
  type CommandSubject,
} from "./command.ts";

/** The operations that queue commands for devices. */
export type CommandName = {
  [Name in OperationName]: (typeof OPERATIONS)[Name] extends {
    readonly output: { readonly read: (value: unknown) => CommandEnvelope };
  }
    ? Name
    : never;
}[OperationName];

/** The commands of one request. */
export interface CommandBatch {
  readonly commands: readonly DeviceCommand[];
  readonly migrationId: string | null;
}

const OPERATION_ID = /^[A-Za-z0-9_-]{8,64}$/;
const MAX_KEY_LENGTH = 255;

/** Whether a text has more than `max` characters. A character beyond U+FFFF has two code units and counts once. */
const isLongerThan = (text: string, max: number): boolean =>
  text.length > max && (text.length > 2 * max || Array.from(text).length > max);

/**
 * Returns the idempotency key of a request; null if it is empty or blank, which counts as not given: clients send such a text
 * for a field that nobody filled in, and two of these requests have nothing in common.
 * @throws {InvalidInputError} if the key has more than 255 characters.
 */
export const parseIdempotencyKey = (operation: OperationName, key: string | null | undefined): string | null => {
  if (key == null || key.trim() === "") return null;
  if (!isLongerThan(key, MAX_KEY_LENGTH)) return key;
  const message = `The key must have at most ${MAX_KEY_LENGTH} characters.`;
  throw new InvalidInputError(operation, [{ path: ["OperationID"], status: "outOfLimits", message }]);
};

/**
 * Returns the OperationID, which is the gateway's own idempotency key, for an idempotency key of a caller: a hash of both, or a
 * random one without a key. If callers are not distinguished (`callerKey` is null), the key itself is used if it is a valid
 * OperationID.
 */
export const operationIdFor = (idempotencyKey: string | null, callerKey: string | null): string => {
  if (idempotencyKey === null) return randomBytes(12).toString("base64url");
  if (callerKey === null && OPERATION_ID.test(idempotencyKey)) return idempotencyKey;
  const scopedKey = callerKey === null ? idempotencyKey : JSON.stringify([callerKey, idempotencyKey]);
  return createHash("sha256").update(scopedKey).digest("base64url");
};

/** A command for one or more devices. */
export interface CommandRequest<Name extends CommandName> {
  readonly operation: Name;
  readonly input: Input<Name>;
  /** The devices, in the order in which their commands are returned. */
  readonly targets: readonly string[] | "ALL";
  readonly subject: CommandSubject;
}

/** Less than a server has to stop. */
const STOPPING_POLL_MS = 1_000;

/**
 * Sends a command to devices once, and returns one command per device; a queued command is a result like any other. If the answer
 * is lost, or the server stops before it comes, the gateway is asked what it knows of the command; the command is never sent again.
 * @throws {GatewayError} if the gateway refuses the command.
 */
export const submit = async <Name extends CommandName>(
  call: CallOperation,
  request: CommandRequest<Name>,
  stopping: AbortSignal,
): Promise<CommandBatch> => {
  const { operation, input, subject } = request;
  try {
    const answering: Promise<CommandEnvelope> = call(operation, { ...input, OperationID: subject.operationId });
    if (await isAbortedBefore(answering, stopping)) {
      const known = await reconcileUntil(answering, call, request);
      if (known !== null) return known;
    }
    const answer = await answering;
    const commands = commandsOf(request, namedResults(answer, request));
    return { commands: await completed(call, request, commands), migrationId: answer.MigrationID };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.facts.ambiguous !== true) throw error;
    const known = await reconcile(call, request);
    return typeof known === "object" ? known : unknownBatch(request, error);
  }
};

/**
 * Returns the outcome of a request that may or may not have been sent: an unknown command for each device that it names.
 * @throws {GatewayError} `error`, if the request names no devices.
 */
export const unknownBatch = <Name extends CommandName>(
  { targets, subject }: CommandRequest<Name>,
  error: GatewayError,
): CommandBatch => {
  if (targets === "ALL") throw error;
  return { commands: targets.map((DeviceSN) => unknownCommand(DeviceSN, subject)), migrationId: null };
};

/** What the gateway knows of a request: its commands, or nothing; "unanswered" if the gateway does not say so. */
export type KnownCommands = CommandBatch | "nothing" | "unanswered";

/** Asks the gateway what it knows of a request. */
export const reconcile = async <Name extends CommandName>(
  call: CallOperation,
  request: CommandRequest<Name>,
): Promise<KnownCommands> => {
  const { targets, subject } = request;
  const { operationId, requestedAt: queuedAt } = subject;
  try {
    const { Commands } = await call("GetCommandStatus", { OperationID: operationId });
    if (Commands === undefined) return "unanswered";
    // Rows that cannot be read may be commands of this request.
    if (Commands.length === 0) return Commands.rejected === 0 ? "nothing" : "unanswered";
    const [only] = targets === "ALL" || targets.length > 1 ? [] : targets;
    const commands = Commands.map((command) => {
      const isOfOnly = command.DeviceSN === null && only !== undefined;
      return commandFromStatus(command, { ...subject, queuedAt, ...(isOfOnly ? { DeviceSN: only } : {}) });
    });
    return { commands: commandsOf(request, commands), migrationId: null };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return error.code === "UPSTREAM_NOT_FOUND" ? "nothing" : "unanswered";
  }
};

/** Asks the gateway for the commands of devices that its answer has no result of. */
const completed = async <Name extends CommandName>(
  call: CallOperation,
  request: CommandRequest<Name>,
  commands: readonly DeviceCommand[],
): Promise<readonly DeviceCommand[]> => {
  if (commands.every(({ commandId }) => commandId !== null)) return commands;
  const known = await reconcile(call, request);
  if (typeof known !== "object") return commands;
  return commands.map((command, index) => (command.commandId === null ? (known.commands[index] ?? command) : command));
};

/** Whether a signal is aborted before a promise settles. */
const isAbortedBefore = (promise: Promise<unknown>, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const onAbort = () => resolve(true);
    const onSettled = () => {
      signal.removeEventListener("abort", onAbort);
      resolve(false);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    promise.then(onSettled, onSettled);
  });

/** Asks the gateway every second until it knows all commands of a request; null if the answer to the request comes first. */
const reconcileUntil = async <Name extends CommandName>(
  answering: Promise<unknown>,
  call: CallOperation,
  request: CommandRequest<Name>,
): Promise<CommandBatch | null> => {
  const answered = answering.then(
    () => true,
    () => true,
  );
  do {
    const state = await reconcile(call, request);
    if (typeof state === "object" && state.commands.every(({ status }) => status !== "Unknown")) return state;
  } while (!(await Promise.race([answered, delay(STOPPING_POLL_MS, false, { ref: false })])));
  return null;
};

/**
 * The commands of an answer. A result that names no device is that of the only device that was asked, and else of none: the gateway is
 * asked which devices had a command, if the request names none either.
 * @throws {GatewayError} in that case.
 */
const namedResults = <Name extends CommandName>(
  { Results }: CommandEnvelope,
  { operation, targets, subject }: CommandRequest<Name>,
): readonly DeviceCommand[] => {
  const [only] = targets === "ALL" || targets.length > 1 || Results.length > 1 ? [] : targets;
  return Results.flatMap((result) => {
    const serial = result.DeviceSN ?? only;
    if (serial !== undefined) return commandFromResult(result, serial, subject);
    if (targets === "ALL") throw invalidResponse(operation, "Results.DeviceSN");
    return [];
  });
};

/**
 * Returns one command per device, in the order of those that the request names; of several the last one. They are matched by device, never
 * by position, in the gateway's spelling of its name too; a device that is missing in the answer, or whose result cannot be read, may have
 * been sent its command all the same.
 */
const commandsOf = <Name extends CommandName>(
  { targets, subject }: CommandRequest<Name>,
  commands: readonly DeviceCommand[],
): readonly DeviceCommand[] => {
  const bySerial = new Map(commands.map((command) => [command.DeviceSN, command]));
  if (targets === "ALL") return [...bySerial.values()];
  const named = (serial: string) =>
    bySerial.get(serial) ?? commands.findLast(({ DeviceSN }) => isSameName(DeviceSN, serial));
  return targets.map((serial) => named(serial) ?? unknownCommand(serial, subject));
};

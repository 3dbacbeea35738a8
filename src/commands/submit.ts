import { createHash, randomBytes } from "node:crypto";
import type { CommandEnvelope } from "../contract/envelope.ts";
import type { Input, OPERATIONS, OperationName, Output } from "../contract/operations.ts";
import { GatewayError } from "../gateway/errors.ts";
import { type Command, commandFromResult, commandFromStatus, unknownCommand, type CommandSubject } from "./command.ts";

/** The operations that queue commands. */
export type CommandName = {
  [Name in OperationName]: (typeof OPERATIONS)[Name] extends {
    readonly output: { readonly read: (value: unknown) => CommandEnvelope };
  }
    ? Name
    : never;
}[OperationName];

type Call = <Name extends OperationName>(name: Name, input: Input<Name>) => Promise<Output<Name>>;

export interface CommandBatch {
  readonly commands: readonly Command[];
  readonly migrationId: string | null;
}

const OPERATION_ID = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * The gateway's idempotency key for one of ours: a hash of it and of whose it is; without one, a new one. Where callers are
 * not told apart, which is what null stands for, the key itself if it may be one.
 */
export const operationIdFor = (idempotencyKey: string | null | undefined, wisher: string | null): string => {
  if (idempotencyKey == null) return randomBytes(12).toString("base64url");
  if (wisher === null && OPERATION_ID.test(idempotencyKey)) return idempotencyKey;
  const whole = wisher === null ? idempotencyKey : JSON.stringify([wisher, idempotencyKey]);
  return createHash("sha256").update(whole).digest("base64url");
};

export interface CommandRequest<Name extends CommandName> {
  readonly operation: Name;
  readonly input: Input<Name>;
  /** The devices, in the order in which their commands are wanted. */
  readonly targets: readonly string[] | "ALL";
  readonly subject: CommandSubject;
}

/**
 * Gives an order to devices, once. One command per device; a queued command is a result like any other. When the answer is
 * lost, the gateway is asked what it knows of the order; the order is never given again.
 */
export const submit = async <Name extends CommandName>(
  call: Call,
  order: CommandRequest<Name>,
): Promise<CommandBatch> => {
  const { operation, input, targets, subject } = order;
  try {
    const answer: CommandEnvelope = await call(operation, { ...input, OperationID: subject.operationId });
    const commands = answer.Results.map((result) => commandFromResult(result, subject));
    return { commands: inOrder(commands, targets), migrationId: answer.MigrationID };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.facts.ambiguous !== true) throw error;
    return (await reconcile(call, order)) ?? unknownBatch(order, error);
  }
};

/** The answer for an order of which nobody knows whether it was given: a command for each device that it names. */
export const unknownBatch = <Name extends CommandName>(
  { targets, subject }: CommandRequest<Name>,
  error: GatewayError,
): CommandBatch => {
  if (targets === "ALL") throw error;
  return { commands: targets.map((DeviceSN) => unknownCommand(DeviceSN, subject)), migrationId: null };
};

/** What the gateway knows of an order; null when it knows nothing, or cannot be asked. */
export const reconcile = async <Name extends CommandName>(
  call: Call,
  { targets, subject: { operationId, requestedAt: givenAt, doorNo } }: CommandRequest<Name>,
): Promise<CommandBatch | null> => {
  try {
    const { Commands = [] } = await call("GetCommandStatus", { OperationID: operationId });
    const commands = Commands.map((command) => ({ ...commandFromStatus(command, givenAt), doorNo }));
    return { commands: inOrder(commands, targets), migrationId: null };
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
};

/** Matched by device, never by position; a device that the answer passes over is left out. */
const inOrder = (commands: readonly Command[], targets: readonly string[] | "ALL"): readonly Command[] => {
  if (targets === "ALL") return commands;
  const place = new Map(targets.map((serial, index) => [serial, index]));
  return commands.toSorted(
    (a, b) => (place.get(a.DeviceSN) ?? targets.length) - (place.get(b.DeviceSN) ?? targets.length),
  );
};

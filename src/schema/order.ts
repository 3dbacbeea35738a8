import type { Command } from "../commands/command.ts";
import { fulfilOnce } from "../commands/once.ts";
import {
  type CommandName,
  operationIdFor,
  type Order,
  reconcile,
  submit,
  type Submitted,
  unknown,
} from "../commands/submit.ts";
import { type Input, OPERATIONS } from "../contract/operations.ts";
import { GatewayError } from "../gateway/errors.ts";
import { validate } from "../gateway/request.ts";
import type { Context } from "./context.ts";
import { deviceOffline, type Given, invalidInput, refusalOf, type UserErrorSource } from "./refusal.ts";

/** What came of a mutation that gives orders to devices. */
export interface Outcome {
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

export interface Instruction extends Given {
  readonly options?: Options | null | undefined;
}

type Loose<Of> = { readonly [Name in keyof Of]: Of[Name] | null | undefined };

/** The members that were given: neither left out nor null. */
export const given = <Of extends object>(members: Loose<Of>): Of =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null)) as Of;

const DEFAULT_WAIT = 15;
/** Beyond its Wait, how long an order may be under way before whoever gave it must have died. */
const GRACE_MS = 10_000;

/**
 * Gives an order and tells what came of it: a command per device in input order, or what was refused. Whatever was read
 * before it is read again after it.
 */
export const order = async <Name extends CommandName>(
  context: Context,
  operation: Name,
  input: Instruction,
  request: Input<Name>,
): Promise<Outcome> => {
  const { options } = input;
  const isDoor = operation === "OpenDoor" || operation === "LockDoor";
  const named = targetsOf(input);
  const offline = (options?.queueIfOffline ?? !isDoor) || named === "ALL" ? [] : named.filter(context.isOffline);
  const refused = offline.map((serial) => deviceOffline(serial, input));
  if (offline.length > 0 && offline.length === named.length)
    return { commands: [], userErrors: refused, migrationId: null };
  const targets = named === "ALL" ? named : named.filter((serial) => !offline.includes(serial));
  const waitSeconds = options?.waitSeconds ?? DEFAULT_WAIT;
  const members = given({ Wait: waitSeconds, ExpirySeconds: options?.expiresInSeconds });
  const wanted: Order<Name> = {
    operation,
    input: {
      ...members,
      ...request,
      ...(offline.length === 0 ? {} : { [operation === "CopyUsers" ? "TargetDeviceSN" : "DeviceSN"]: targets }),
    },
    targets,
    subject: {
      operationId: operationIdFor(options?.idempotencyKey),
      operation,
      doorNo: input.doorNumber ?? null,
      employeeCode: input.employeeCode ?? null,
      givenAt: context.startedAt,
    },
  };
  try {
    const { commands, migrationId } = await fulfil(context, wanted, options?.idempotencyKey, waitSeconds);
    return { commands: [...commands], userErrors: refused, migrationId };
  } catch (error) {
    const userErrors = await refusalOf(error, input, context);
    if (userErrors === undefined) throw error;
    return { commands: [], userErrors: [...refused, ...userErrors], migrationId: null };
  } finally {
    context.renew();
  }
};

const fulfil = async <Name extends CommandName>(
  { call, once, viewer }: Context,
  order: Order<Name>,
  idempotencyKey: string | null | undefined,
  waitSeconds: number,
): Promise<Submitted> => {
  const give = () => submit(call, order);
  if (idempotencyKey == null) return give();
  validate(order.operation, order.input);
  const { operation, input, subject } = order;
  const lost = () =>
    new GatewayError("UPSTREAM_UNAVAILABLE", `What became of ${operation} is not known.`, { operation });
  const wish = {
    key: `${viewer.name} ${idempotencyKey}`,
    operation,
    input,
    operationId: subject.operationId,
    patienceMs: waitSeconds * 1000 + GRACE_MS,
    repeatable: OPERATIONS[operation].safety === "idempotent",
  };
  return fulfilOnce(once, wish, {
    give,
    reconcile: () => reconcile(call, order),
    unknown: () => unknown(order, lost()),
  });
};

const targetsOf = ({ serialNumber, serialNumbers, targetSerialNumbers }: Instruction): readonly string[] | "ALL" => {
  if (serialNumber != null) return [serialNumber];
  return serialNumbers ?? targetSerialNumbers ?? "ALL";
};

/** The outcome of an order that is not given, for a fault found here. */
export const refusedInput = (field: string, message: string): Outcome => ({
  commands: [],
  userErrors: [invalidInput(field, message)],
  migrationId: null,
});

import type { Command } from "../commands/command.ts";
import { type CommandName, operationIdFor, submit } from "../commands/submit.ts";
import type { Input } from "../contract/operations.ts";
import type { Context } from "./context.ts";
import { type Given, invalidInput, refusalOf, type UserErrorSource } from "./refusal.ts";

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
}

export interface Instruction extends Given {
  readonly options?: Options | null | undefined;
}

type Loose<Of> = { readonly [Name in keyof Of]: Of[Name] | null | undefined };

/** The members that were given: neither left out nor null. */
export const given = <Of extends object>(members: Loose<Of>): Of =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null)) as Of;

const DEFAULT_WAIT = 15;

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
  const targets = targetsOf(input);
  try {
    const members = given({ Wait: options?.waitSeconds ?? DEFAULT_WAIT, ExpirySeconds: options?.expiresInSeconds });
    const { commands, migrationId } = await submit(context.call, operation, { ...members, ...request }, targets, {
      operationId: operationIdFor(options?.idempotencyKey),
      operation,
      doorNo: input.doorNumber ?? null,
      employeeCode: input.employeeCode ?? null,
      givenAt: context.startedAt,
    });
    return { commands: [...commands], userErrors: [], migrationId };
  } catch (error) {
    const userErrors = await refusalOf(error, input, context);
    if (userErrors === undefined) throw error;
    return { commands: [], userErrors: [...userErrors], migrationId: null };
  } finally {
    context.renew();
  }
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

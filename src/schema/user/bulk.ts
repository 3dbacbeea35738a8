import { createHash } from "node:crypto";
import { parseIdempotencyKey } from "../../commands/submit.ts";
import { validate } from "../../gateway/request.ts";
import {
  type CommandOutcome,
  deviceNotFound,
  invalidInput,
  runCommand,
  userErrorsOf,
  type UserErrorSource,
} from "../command/command.ts";
import { missingDevices } from "../device/device.ts";
import type { Context } from "../kernel/context.ts";
import { omitNullish } from "../kernel/omit.ts";
import { type NewUser, newUserRequest } from "./new-user.ts";
import type { AddUsersInput } from "./user.inputs.ts";

/** What became of one user: its commands and errors, or the fault of the system that kept them from being known. */
export interface AddedUser {
  readonly employeeCode: string;
  readonly outcome: CommandOutcome | { readonly fault: unknown };
}

/** What became of all users, or the errors of the input as a whole. */
export interface AddedUsers {
  readonly results: AddedUser[];
  readonly userErrors: UserErrorSource[];
}

type Input = typeof AddUsersInput.$inferInput;

const MAX_USERS = 200;
/** Users that are sent at the same time: enough to use the gateway's rate, and few enough that other callers pass between. */
const PARALLEL = 8;

/** Fields of the whole input; errors of other fields are named by the user's place in the input. */
const SHARED_FIELDS: ReadonlySet<string> = new Set(["serialNumbers", "options"]);

/**
 * Stores users on devices: one request per user, whatever becomes of the others. It waits for no device, because following hundreds
 * of commands would use up the gateway's rate. An error of the input as a whole sends nothing.
 */
export const addUsers = async (input: Input, context: Context): Promise<AddedUsers> => {
  const userErrors = await errorsOfWhole(input, context);
  if (userErrors.length > 0) return { results: [], userErrors };
  const results = await inParallel(input.users, async (user, index): Promise<AddedUser> => {
    const { employeeCode } = user;
    try {
      const outcome = await runCommand(context, "AddUser", inputOf(user, input), newUserRequest(user, input));
      return { employeeCode, outcome: errorsOfUser(index, outcome) };
    } catch (fault) {
      return { employeeCode, outcome: { fault } };
    }
  });
  return { results, userErrors: [] };
};

/** Returns the input that stores one of the users, as `addUser` has it. */
const inputOf = (user: NewUser, { serialNumbers, options }: Input) => ({
  ...user,
  serialNumbers,
  options: { ...options, idempotencyKey: keyFor(user, options), waitSeconds: 0 },
});

/** The key of a user is derived from that of the request, so that each user is sent once, in whatever company the key is repeated. */
const keyFor = ({ employeeCode }: NewUser, options: Input["options"]): string | null => {
  const key = parseIdempotencyKey("AddUser", options?.idempotencyKey);
  if (key === null) return null;
  return createHash("sha256")
    .update(JSON.stringify([key, employeeCode]))
    .digest("base64url");
};

const errorsOfWhole = async (input: Input, context: Context): Promise<UserErrorSource[]> => {
  const { users, serialNumbers } = input;
  const [first] = users;
  if (first === undefined || users.length > MAX_USERS)
    return [invalidInput("users", `It must have from 1 to ${MAX_USERS} users; received ${users.length}.`)];
  const repeated = repeatedUsers(users);
  if (repeated.length > 0) return repeated;
  const invalid = await errorsOfShared(first, input, context);
  if (invalid.length > 0) return invalid;
  const missing = (await missingDevices(serialNumbers, context)) ?? [];
  return missing.map((key) => deviceNotFound(key, ["input", "serialNumbers", String(serialNumbers.indexOf(key))]));
};

const repeatedUsers = (users: readonly NewUser[]): UserErrorSource[] => {
  const firstPlaces = new Map(users.map(({ employeeCode }, index) => [employeeCode, index] as const).toReversed());
  return users.flatMap(({ employeeCode }, index) =>
    firstPlaces.get(employeeCode) === index
      ? []
      : [{ ...invalidInput("users", "Each user may occur once."), path: pathOf(index, "employeeCode") }],
  );
};

/** Returns what the contract forbids in the fields that all users share. One of the users shows it. */
const errorsOfShared = async (user: NewUser, input: Input, context: Context): Promise<UserErrorSource[]> => {
  const timing = omitNullish({ ExpirySeconds: input.options?.expiresInSeconds });
  try {
    parseIdempotencyKey("AddUser", input.options?.idempotencyKey);
    validate("AddUser", { ...newUserRequest(user, input), ...timing });
    return [];
  } catch (error) {
    const found = await userErrorsOf(error, { ...user, ...input }, context);
    if (found === undefined) throw error;
    return found.filter(({ path }) => SHARED_FIELDS.has(path?.[1] ?? ""));
  }
};

const pathOf = (index: number, ...field: readonly string[]): string[] => ["input", "users", String(index), ...field];

const errorsOfUser = (index: number, outcome: CommandOutcome): CommandOutcome => ({
  ...outcome,
  userErrors: outcome.userErrors.map((error) => {
    const [field, ...rest] = error.path?.slice(1) ?? [];
    return field === undefined || SHARED_FIELDS.has(field) ? error : { ...error, path: pathOf(index, field, ...rest) };
  }),
});

/** Applies an asynchronous function to each item, a few at the same time; the results have the order of the items. */
const inParallel = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results;
};

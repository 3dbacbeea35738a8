import { createHash } from "node:crypto";
import type { DeviceCommand } from "../../commands/command.ts";
import { parseIdempotencyKey } from "../../commands/submit.ts";
import {
  type CommandOutcome,
  invalidInput,
  runCommand,
  userErrorsOf,
  type UserErrorSource,
} from "../command/command.ts";
import type { Context } from "../kernel/context.ts";
import { newUserRequest } from "./new-user.ts";
import type { AddUsersInput } from "./user.inputs.ts";

/** What became of one user: its commands and errors, or the fault of the system that kept them from being known. */
export interface AddedUser {
  readonly employeeCode: string;
  readonly outcome: CommandOutcome | { readonly fault: unknown };
}

/** What became of all users. `commands` is for the audit trail. */
export interface AddedUsers {
  readonly results: AddedUser[];
  readonly commands: DeviceCommand[];
  readonly userErrors: UserErrorSource[];
}

type Input = typeof AddUsersInput.$inferInput;

const MAX_USERS = 200;
/** Users that are sent at the same time: enough to use the gateway's rate, and few enough that other callers pass between. */
const PARALLEL = 8;

/** Fields of a user, whose errors are named by the user's place in the input; errors of `serialNumbers` and options keep theirs. */
const SHARED_FIELDS: ReadonlySet<string> = new Set(["serialNumbers", "options"]);

/**
 * Stores users on devices: one request per user, whatever becomes of the others. It waits for no device, because following hundreds
 * of commands would use up the gateway's rate. An error of the input as a whole sends nothing.
 */
export const addUsers = async (input: Input, context: Context): Promise<AddedUsers> => {
  const { users, options } = input;
  const userErrors = await errorsOfWhole(input, context);
  if (userErrors.length > 0) return { results: [], commands: [], userErrors };
  const results = await inParallel(users, async (user, index): Promise<AddedUser> => {
    const { employeeCode } = user;
    const own = { employeeCode, serialNumbers: input.serialNumbers, options: optionsFor(employeeCode, options) };
    try {
      const outcome = await runCommand(context, "AddUser", own, newUserRequest(user, input));
      return { employeeCode, outcome: errorsOfUser(index, outcome) };
    } catch (fault) {
      return { employeeCode, outcome: { fault } };
    }
  });
  const commands = results.flatMap(({ outcome }) => ("commands" in outcome ? outcome.commands : []));
  return { results, commands, userErrors: [] };
};

/** The key of a user is derived from that of the request, so that each user is sent once, in whatever company the key is repeated. */
const optionsFor = (employeeCode: string, options: Input["options"]) => {
  const key = parseIdempotencyKey("AddUser", options?.idempotencyKey);
  const idempotencyKey =
    key === null
      ? null
      : createHash("sha256")
          .update(JSON.stringify([key, employeeCode]))
          .digest("base64url");
  return { ...options, idempotencyKey, waitSeconds: 0 };
};

const errorsOfWhole = async ({ users, options }: Input, context: Context): Promise<UserErrorSource[]> => {
  if (users.length === 0 || users.length > MAX_USERS)
    return [invalidInput("users", `It must have from 1 to ${MAX_USERS} users; received ${users.length}.`)];
  const firstPlaces = new Map(users.map(({ employeeCode }, index) => [employeeCode, index] as const).toReversed());
  const repeated = users.flatMap(({ employeeCode }, index) => (firstPlaces.get(employeeCode) === index ? [] : [index]));
  if (repeated.length > 0) {
    const path = (index: number) => ["input", "users", String(index), "employeeCode"];
    return repeated.map((index) => ({ ...invalidInput("users", "Each user may occur once."), path: path(index) }));
  }
  try {
    parseIdempotencyKey("AddUser", options?.idempotencyKey);
    return [];
  } catch (error) {
    const found = await userErrorsOf(error, {}, context);
    if (found === undefined) throw error;
    return [...found];
  }
};

const errorsOfUser = (index: number, outcome: CommandOutcome): CommandOutcome => ({
  ...outcome,
  userErrors: outcome.userErrors.map((error) => {
    const [root = "input", field, ...rest] = error.path ?? [];
    if (field === undefined || SHARED_FIELDS.has(field)) return error;
    return { ...error, path: [root, "users", String(index), field, ...rest] };
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

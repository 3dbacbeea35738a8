import { IdempotencyKeyReusedError } from "../../commands/idempotency.ts";
import { STATUS } from "../../contract/status.ts";
import { GatewayError, InvalidInputError } from "../../gateway/errors.ts";
import { publicMessage } from "../../gateway/public-message.ts";
import { argumentName, faultMessage, inputPath } from "../kernel/arguments.ts";
import type { Context } from "../kernel/context.ts";
import type { UserErrorCodeOf } from "./user-error-codes.ts";

/** An error that the caller can correct: the source of the types that implement UserError. */
export type UserErrorSource = {
  /** What must hold, or what happened. The field `message` names the input field before it where the code is `INVALID_INPUT`. */
  readonly message: string;
  readonly path: string[] | null;
} & (
  | { readonly code: UserErrorCodeOf<"GatewayInputError"> }
  | { readonly code: UserErrorCodeOf<"GatewayNotFoundError">; readonly key: string }
  | { readonly code: UserErrorCodeOf<"GatewayRateLimitError">; readonly retryAfterSeconds: number }
  | { readonly code: UserErrorCodeOf<"GatewayRefusedError">; readonly statusCode: number | null }
);

/** The members of a mutation's input that a user error can name. */
export interface NamedTargets {
  readonly serialNumber?: string | null | undefined;
  readonly serialNumbers?: readonly string[] | null | undefined;
  readonly sourceSerialNumber?: string | null | undefined;
  readonly targetSerialNumbers?: readonly string[] | null | undefined;
  readonly employeeCode?: string | null | undefined;
  readonly employeeCodes?: readonly string[] | null | undefined;
  readonly doorNumber?: number | null | undefined;
}

/** Translates an error to user errors in the caller's terms. Returns undefined for a fault of the system, which remains a GraphQL error. */
export const userErrorsOf = async (
  error: unknown,
  input: NamedTargets,
  context: Context,
): Promise<readonly UserErrorSource[] | undefined> => {
  if (error instanceof IdempotencyKeyReusedError) return [keyReused(error.message, input)];
  if (error instanceof InvalidInputError)
    return error.faults.map((fault) => invalid(inputPath(fault.path, input), faultMessage(fault, input)));
  if (!(error instanceof GatewayError)) return undefined;
  const { field, status, statusCode = null, retryAfterSeconds = 1 } = error.facts;
  const message = publicMessage(error);
  switch (error.code) {
    case "UPSTREAM_NOT_FOUND":
      return status === "userNotFound" ? unknownUsers(input, context) : unknownDevices(input, context);
    case "UPSTREAM_RATE_LIMITED":
      return [{ code: "RATE_LIMITED", message, path: null, retryAfterSeconds }];
    case "UPSTREAM_NOT_ALLOWED":
      return [{ code: "NOT_ALLOWED", message, path: null, statusCode }];
    case "UPSTREAM_REFUSED": {
      if (status === "operationIdReused") return [keyReused(new IdempotencyKeyReusedError().message, input)];
      if (status === "outOfLimits" && field === "DoorNo") return [unknownDoor(input)];
      if (field !== undefined) return [invalid(inputPath([field], input), message)];
      return [
        {
          code: "OTHER",
          message,
          path: null,
          statusCode: statusCode ?? STATUS.unknownError.code,
        },
      ];
    }
    default:
      return undefined;
  }
};

/** The error for an input field that Portico itself finds invalid: a member of the input, or the path of one below it. */
export const invalidInput = (field: string | readonly string[], message: string): UserErrorSource =>
  invalid(["input", ...[field].flat()], message);

/** The error for a device that was reported offline when the caller does not want the command to be queued. */
export const deviceOffline = (serialNumber: string, targets: NamedTargets): UserErrorSource => {
  const lists = ["serialNumbers", "targetSerialNumbers"] as const;
  const [path = ["input", "serialNumber"]] = lists.flatMap((list) => {
    const index = targets[list]?.indexOf(serialNumber) ?? -1;
    return index < 0 ? [] : [["input", list, String(index)]];
  });
  return {
    code: "DEVICE_OFFLINE",
    message: `Device ${serialNumber} is offline; nothing was sent to it. Set \`queueIfOffline\` to queue the command.`,
    path,
    statusCode: null,
  };
};

const invalid = (path: string[], message: string): UserErrorSource => ({
  code: "INVALID_INPUT",
  message,
  path,
});

/** The error for a device that is not in the account. */
export const deviceNotFound = (key: string, path: string[]): UserErrorSource => ({
  code: "DEVICE_NOT_FOUND",
  message: `The gateway has no device ${key}; nothing was sent to any device.`,
  path,
  key,
});

const keyReused = (message: string, input: NamedTargets): UserErrorSource => ({
  code: "IDEMPOTENCY_KEY_REUSED",
  message,
  path: inputPath(["OperationID"], input),
});

const unknownDoor = ({ serialNumber, doorNumber }: NamedTargets): UserErrorSource => ({
  code: "DOOR_NOT_FOUND",
  message: `Device ${serialNumber ?? ""} has no door ${doorNumber ?? ""}.`,
  path: ["input", "doorNumber"],
  key: `${serialNumber ?? ""}/${doorNumber ?? ""}`,
});

interface InputKey {
  readonly key: string;
  readonly path: string[];
}

/** Returns the keys in a member of the input, each with its path. */
const inputKeys = (member: string, value: string | readonly string[] | null | undefined): InputKey[] => {
  if (value == null) return [];
  if (typeof value === "string") return [{ key: value, path: ["input", member] }];
  return value.map((key, index) => ({ key, path: ["input", member, String(index)] }));
};

/** Returns the keys that do not exist. The gateway does not say which of several is missing, so each is looked up. */
const missingOf = async (
  all: readonly InputKey[],
  exists: (key: string) => Promise<boolean>,
): Promise<readonly InputKey[]> => {
  if (all.length <= 1) return all;
  const found = await Promise.all(all.map(async ({ key }) => exists(key).catch(() => true)));
  const missing = all.filter((_key, index) => found[index] === false);
  return missing.length === 0 ? all.slice(0, 1) : missing;
};

const unknownDevices = async (input: NamedTargets, { loaders }: Context): Promise<readonly UserErrorSource[]> => {
  const all = [
    ...inputKeys("serialNumber", input.serialNumber),
    ...inputKeys("sourceSerialNumber", input.sourceSerialNumber),
    ...inputKeys("serialNumbers", input.serialNumbers),
    ...inputKeys("targetSerialNumbers", input.targetSerialNumbers),
  ];
  const missing = await missingOf(all, async (serial) => (await loaders.device.load(serial)) !== null);
  return missing.map(({ key, path }) => deviceNotFound(key, path));
};

const unknownUsers = async (input: NamedTargets, { loaders }: Context): Promise<readonly UserErrorSource[]> => {
  const all = [
    ...inputKeys(argumentName("EmployeeCode", input), input.employeeCode),
    ...inputKeys("employeeCodes", input.employeeCodes),
  ];
  const missing = await missingOf(all, async (code) => (await loaders.user.load(code)) !== null);
  return missing.map(({ key, path }) => ({
    code: "USER_NOT_FOUND",
    message: `The gateway has no user ${key} here; nothing was sent to any device.`,
    path,
    key,
  }));
};

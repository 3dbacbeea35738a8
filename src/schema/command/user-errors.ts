import { IdempotencyKeyReusedError } from "../../commands/idempotency.ts";
import { STATUS } from "../../contract/status.ts";
import { GatewayError, InvalidInputError } from "../../gateway/errors.ts";
import { argumentName, inputPath } from "../kernel/arguments.ts";
import type { Context } from "../kernel/context.ts";

/** Why a mutation did not do all it was asked; the source of the types that implement UserError. */
export type UserErrorSource = {
  readonly message: string;
  readonly path: string[] | null;
} & (
  | { readonly type: "GatewayInputError"; readonly code: "INVALID_INPUT" | "IDEMPOTENCY_KEY_REUSED" }
  | {
      readonly type: "GatewayNotFoundError";
      readonly code: "DEVICE_NOT_FOUND" | "USER_NOT_FOUND" | "DOOR_NOT_FOUND";
      readonly key: string;
    }
  | { readonly type: "GatewayRateLimitError"; readonly code: "RATE_LIMITED"; readonly retryAfterSeconds: number }
  | {
      readonly type: "GatewayRefusedError";
      readonly code: "NOT_ALLOWED" | "DEVICE_OFFLINE" | "OTHER";
      readonly statusCode: number | null;
    }
);

/** A mutation's input, as far as its refusals can name it. */
export interface NamedTargets {
  readonly serialNumber?: string | null | undefined;
  readonly serialNumbers?: readonly string[] | null | undefined;
  readonly sourceSerialNumber?: string | null | undefined;
  readonly targetSerialNumbers?: readonly string[] | null | undefined;
  readonly employeeCode?: string | null | undefined;
  readonly employeeCodes?: readonly string[] | null | undefined;
  readonly doorNumber?: number | null | undefined;
}

/** What was refused, in the words of the caller; undefined for a fault of the system, which stays an error. */
export const userErrorsOf = async (
  error: unknown,
  given: NamedTargets,
  context: Context,
): Promise<readonly UserErrorSource[] | undefined> => {
  if (error instanceof IdempotencyKeyReusedError) return [keyReused(error.message, given)];
  if (error instanceof InvalidInputError)
    return error.faults.map((fault) => invalid(inputPath(fault.path, given), fault.message));
  if (!(error instanceof GatewayError)) return undefined;
  const { field, status, statusCode = null, retryAfterSeconds = 1 } = error.facts;
  switch (error.code) {
    case "UPSTREAM_NOT_FOUND":
      return status === "userNotFound" ? unknownUsers(given, context) : unknownDevices(given, context);
    case "UPSTREAM_RATE_LIMITED":
      return [
        { type: "GatewayRateLimitError", code: "RATE_LIMITED", message: error.message, path: null, retryAfterSeconds },
      ];
    case "UPSTREAM_NOT_ALLOWED":
      return [{ type: "GatewayRefusedError", code: "NOT_ALLOWED", message: error.message, path: null, statusCode }];
    case "UPSTREAM_REFUSED": {
      if (status === "operationIdReused") return [keyReused(new IdempotencyKeyReusedError().message, given)];
      if (status === "outOfLimits" && field === "DoorNo") return [unknownDoor(given)];
      if (field !== undefined) return [invalid(inputPath([field], given), error.message)];
      return [
        {
          type: "GatewayRefusedError",
          code: "OTHER",
          message: error.message,
          path: null,
          statusCode: statusCode ?? STATUS.unknownError.code,
        },
      ];
    }
    default:
      return undefined;
  }
};

/** An input field that is wrong, found here. */
export const invalidInput = (field: string, message: string): UserErrorSource => invalid(["input", field], message);

/** A device that is known to be offline, of a caller who does not accept that it acts later. */
export const deviceOffline = (serialNumber: string, { serialNumbers }: NamedTargets): UserErrorSource => ({
  type: "GatewayRefusedError",
  code: "DEVICE_OFFLINE",
  message: `Device ${serialNumber} is offline; nothing was sent to it. With queueIfOffline it acts when it is back.`,
  path:
    serialNumbers == null
      ? ["input", "serialNumber"]
      : ["input", "serialNumbers", String(serialNumbers.indexOf(serialNumber))],
  statusCode: null,
});

const invalid = (path: string[], message: string): UserErrorSource => ({
  type: "GatewayInputError",
  code: "INVALID_INPUT",
  message: `${path.slice(1).join(".")}: ${message}`,
  path,
});

const keyReused = (message: string, given: NamedTargets): UserErrorSource => ({
  type: "GatewayInputError",
  code: "IDEMPOTENCY_KEY_REUSED",
  message,
  path: inputPath(["OperationID"], given),
});

const unknownDoor = ({ serialNumber, doorNumber }: NamedTargets): UserErrorSource => ({
  type: "GatewayNotFoundError",
  code: "DOOR_NOT_FOUND",
  message: `Device ${serialNumber ?? ""} has no door ${doorNumber ?? ""}.`,
  path: ["input", "doorNumber"],
  key: `${serialNumber ?? ""}/${doorNumber ?? ""}`,
});

interface Named {
  readonly key: string;
  readonly path: string[];
}

const named = (member: string, value: string | readonly string[] | null | undefined): Named[] => {
  if (value == null) return [];
  if (typeof value === "string") return [{ key: value, path: ["input", member] }];
  return value.map((key, index) => ({ key, path: ["input", member, String(index)] }));
};

/** The gateway does not say which one it misses: of several, each is looked up. */
const missingOf = async (
  all: readonly Named[],
  isKnown: (key: string) => Promise<boolean>,
): Promise<readonly Named[]> => {
  if (all.length <= 1) return all;
  const found = await Promise.all(all.map(async ({ key }) => isKnown(key).catch(() => true)));
  const missing = all.filter((_each, index) => found[index] === false);
  return missing.length === 0 ? all.slice(0, 1) : missing;
};

const unknownDevices = async (given: NamedTargets, { loaders }: Context): Promise<readonly UserErrorSource[]> => {
  const all = [
    ...named("serialNumber", given.serialNumber),
    ...named("sourceSerialNumber", given.sourceSerialNumber),
    ...named("serialNumbers", given.serialNumbers),
    ...named("targetSerialNumbers", given.targetSerialNumbers),
  ];
  const missing = await missingOf(all, async (serial) => (await loaders.device.load(serial)) !== null);
  return missing.map(({ key, path }) => ({
    type: "GatewayNotFoundError",
    code: "DEVICE_NOT_FOUND",
    message: `The gateway knows no device ${key}; nothing was sent to any device.`,
    path,
    key,
  }));
};

const unknownUsers = async (given: NamedTargets, { loaders }: Context): Promise<readonly UserErrorSource[]> => {
  const all = [
    ...named(argumentName("EmployeeCode", given), given.employeeCode),
    ...named("employeeCodes", given.employeeCodes),
  ];
  const missing = await missingOf(all, async (code) => (await loaders.user.load(code)) !== null);
  return missing.map(({ key, path }) => ({
    type: "GatewayNotFoundError",
    code: "USER_NOT_FOUND",
    message: `The gateway knows no user ${key} here; nothing was sent to any device.`,
    path,
    key,
  }));
};

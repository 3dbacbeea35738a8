import type { z } from "zod";
import { OPERATIONS, type OperationName } from "../../contract/operations.ts";
import { statusOfIssue } from "../../contract/rules.ts";
import { type Caller, Refusal } from "../handler.ts";
import type { World } from "../state.ts";

/** The tokens of the account and of its devices. */
export interface Tokens {
  readonly account: string;
  readonly devices: ReadonlyMap<string, string>;
}

const isOperationName = (name: string): name is OperationName => Object.hasOwn(OPERATIONS, name);

export const admitOperation = (name: string): OperationName => {
  if (!isOperationName(name)) throw new Refusal("invalidOperation", "No such operation.");
  return name;
};

export const admitMethod = (name: OperationName, method: string | undefined): void => {
  const wanted = OPERATIONS[name].method;
  if (method !== wanted) throw new Refusal("invalidMethod", `${name} takes ${wanted}.`);
};

/** Whose tokens these are; two different ones in one request contradict each other. */
export const admitToken = (found: readonly unknown[], tokens: Tokens): Caller => {
  const [token, ...others] = new Set(found);
  if (others.length > 0) throw new Refusal("invalidRequestData", "Two different tokens.", { field: "AuthToken" });
  if (typeof token === "string") {
    if (token === tokens.account) return { scope: "account", token };
    for (const [DeviceSN, own] of tokens.devices) if (token === own) return { scope: "device", DeviceSN, token };
  }
  throw new Refusal("invalidAuthToken", "AuthToken is missing or unknown.", { field: "AuthToken" });
};

/** Messages of the contract's scalars, which do not tell the member. */
const TERSE: ReadonlySet<string> = new Set(["duplicate", "no such day"]);

const sentenceOf = ({ code, message }: z.core.$ZodIssue, field: string): string =>
  code === "custom" && !TERSE.has(message) ? message : `${field}: ${message}.`;

/** The input as the operation's codec reads it. */
export const admitMembers = (name: OperationName, members: Readonly<Record<string, unknown>>): unknown => {
  const { success, data, error } = (OPERATIONS[name].input as z.ZodType).safeParse(members);
  if (success) return data;
  const [issue] = error.issues;
  if (issue === undefined) throw error;
  const field = String(issue.path[0] ?? "");
  const status = statusOfIssue(issue);
  throw new Refusal(status, sentenceOf(issue, field), { http: 400, ...(field === "" ? {} : { field }) });
};

const DEVICE_MEMBERS = ["DeviceSN", "SourceDeviceSN", "TargetDeviceSN"] as const;

/** The devices that a request names, by member. */
export const devicesIn = (input: unknown): readonly (readonly [field: string, DeviceSN: string])[] => {
  if (typeof input !== "object" || input === null) return [];
  const members = input as Readonly<Record<string, unknown>>;
  return DEVICE_MEMBERS.flatMap((field) => {
    const named = members[field];
    const serials = Array.isArray(named) ? (named as unknown[]) : [named];
    return serials
      .filter((serial): serial is string => typeof serial === "string" && serial !== "ALL")
      .map((serial) => [field, serial] as const);
  });
};

/** Every device named must be the account's, and the token's. */
export const admitDevices = (input: unknown, caller: Caller, world: World): void => {
  for (const [field, DeviceSN] of devicesIn(input)) {
    if (!world.devices.has(DeviceSN)) {
      throw new Refusal("deviceNotFound", "No such device in this account.", { field });
    }
    if (caller.scope === "device" && caller.DeviceSN !== DeviceSN) {
      throw new Refusal("invalidAuthToken", "AuthToken is not paired with this device.", { field: "AuthToken" });
    }
  }
};

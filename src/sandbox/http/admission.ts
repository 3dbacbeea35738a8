import type { z } from "zod";
import { issueWords } from "../../contract/issue-words.ts";
import { OPERATIONS, type OperationName } from "../../contract/operations.ts";
import { statusOfIssue } from "../../contract/rules.ts";
import { type GatewayCaller, Refusal } from "../handler.ts";
import type { World } from "../state.ts";

/** The tokens of the account and of its devices. */
export interface AccountTokens {
  readonly account: string;
  readonly devices: ReadonlyMap<string, string>;
}

const isOperationName = (name: string): name is OperationName => Object.hasOwn(OPERATIONS, name);

/**
 * Returns the name of an operation of the contract.
 * @throws Refusal if there is no such operation.
 */
export const admitOperation = (name: string): OperationName => {
  if (!isOperationName(name)) throw new Refusal("invalidOperation", "No such operation.");
  return name;
};

/**
 * Checks the HTTP method.
 * @throws Refusal
 */
export const admitMethod = (name: OperationName, method: string | undefined): void => {
  const expected = OPERATIONS[name].method;
  if (method !== expected) throw new Refusal("invalidMethod", `${name} requires ${expected}; received ${method}.`);
};

/**
 * Returns the owner of the token.
 * @throws Refusal if the token is missing or unknown, or if the request has two different tokens.
 */
export const admitToken = (presented: readonly unknown[], tokens: AccountTokens): GatewayCaller => {
  const [token, ...others] = new Set(presented);
  if (others.length > 0)
    throw new Refusal("invalidRequestData", "The request must not have two different tokens.", { field: "AuthToken" });
  if (typeof token === "string") {
    if (token === tokens.account) return { scope: "account", token };
    for (const [DeviceSN, own] of tokens.devices) if (token === own) return { scope: "device", DeviceSN, token };
  }
  throw new Refusal("invalidAuthToken", "AuthToken is missing or unknown.", { field: "AuthToken" });
};

const messageOf = ({ code, message }: z.core.$ZodIssue, field: string): string =>
  code === "custom" ? message : `${field}: ${message}.`;

/**
 * Returns the input as the operation's codec reads it.
 * @throws Refusal for the first invalid member.
 */
export const admitMembers = (name: OperationName, members: Readonly<Record<string, unknown>>): unknown => {
  const { success, data, error } = (OPERATIONS[name].input as z.ZodType).safeParse(members, { error: issueWords });
  if (success) return data;
  const [issue] = error.issues;
  if (issue === undefined) throw error;
  const field = String(issue.path[0] ?? "");
  const status = statusOfIssue(issue);
  throw new Refusal(status, messageOf(issue, field), { http: 400, ...(field === "" ? {} : { field }) });
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

/**
 * Checks that the account and the token include every named device.
 * @throws Refusal
 */
export const admitDevices = (input: unknown, caller: GatewayCaller, world: World): void => {
  for (const [field, DeviceSN] of devicesIn(input)) {
    if (!world.devices.has(DeviceSN)) {
      throw new Refusal("deviceNotFound", "No such device in this account.", { field });
    }
    if (caller.scope === "device" && caller.DeviceSN !== DeviceSN) {
      throw new Refusal("invalidAuthToken", "AuthToken is not paired with this device.", { field: "AuthToken" });
    }
  }
};

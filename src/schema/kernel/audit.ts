import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from "@pothos/core";
import { GraphQLError, type GraphQLFieldResolver } from "graphql";
import type { DeviceCommand } from "../../commands/command.ts";
import { isMembers } from "../../contract/lookup.ts";
import { GatewayError } from "../../gateway/errors.ts";
import type { AuditEntry } from "./audit-entry.ts";
import type { Context } from "./context.ts";

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      audit: AuditPlugin<Types>;
    }
  }
}

/** Members of an input that identify its subject. */
const SUBJECT = [
  "serialNumber",
  "serialNumbers",
  "sourceSerialNumber",
  "targetSerialNumbers",
  "doorNumber",
  "employeeCode",
  "employeeCodes",
  "everywhere",
  "scope",
  "mode",
  "active",
] as const;

/** The number of items that are recorded of a list: no list of devices or people that a mutation accepts is longer. */
const MAX_LISTED = 200;

interface NamedUser {
  readonly employeeCode: string;
}

const subjectOf = (input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const options = (input["options"] ?? {}) as { readonly reason?: string | null };
  // `deleteUser` names its devices in an input object of their own, and `addUsers` its people.
  const { from, users } = input as { readonly from?: object | null; readonly users?: readonly NamedUser[] };
  const people = users === undefined ? {} : { employeeCodes: users.map(({ employeeCode }) => employeeCode) };
  const named: typeof input = { ...input, ...from, ...people };
  const members = SUBJECT.map((name): [string, unknown] => [name, named[name]]);
  return Object.fromEntries(
    [...members, ["reason", options.reason] as [string, unknown]]
      .filter(([, value]) => value != null)
      .map(([name, value]) => [name, Array.isArray(value) ? value.slice(0, MAX_LISTED) : value]),
  );
};

const MAX_SUBJECT_TEXT = 255;

const isPlain = (value: unknown): boolean =>
  typeof value === "boolean" ||
  Number.isFinite(value) ||
  (typeof value === "string" && value.length <= MAX_SUBJECT_TEXT);

/** The subject of an input that nobody has checked: of what is no short text, number or list of these, nothing is recorded. */
export const subjectOfRefused = (input: unknown): AuditEntry["subject"] => {
  if (!isMembers(input)) return {};
  const [from, options] = [input["from"], input["options"]].map((each) => (isMembers(each) ? each : null));
  const { users } = input;
  const people = Array.isArray(users) ? users.filter((user): user is NamedUser & object => isMembers(user)) : undefined;
  const subject = subjectOf({ ...input, from, options, users: people });
  return Object.fromEntries(
    Object.entries(subject).filter(([, value]) => (Array.isArray(value) ? value.every(isPlain) : isPlain(value))),
  );
};

interface Outcome {
  readonly commands?: readonly DeviceCommand[];
  readonly userErrors?: readonly { readonly code: string }[];
}

/** The payload of a mutation; that of `addUsers` has an outcome or a fault for each user. */
interface Payload extends Outcome {
  readonly results?: readonly { readonly outcome: Outcome | { readonly fault: unknown } }[];
}

const outcomeOf = (payload: Payload): AuditEntry["outcome"] => {
  const parts = [payload, ...(payload.results ?? []).map(({ outcome }) => outcome)];
  const refused = parts.flatMap((part) =>
    "fault" in part ? [codeOf(part.fault)] : (part.userErrors ?? []).map(({ code }) => code),
  );
  return {
    commands: parts
      .flatMap((part) => ("fault" in part ? [] : (part.commands ?? [])))
      .map(({ commandId, operationId, DeviceSN, status, statusCode }) => ({
        commandId,
        operationId,
        DeviceSN,
        status,
        statusCode,
      })),
    ...(refused.length === 0 ? {} : { refused }),
  };
};

const codeOf = (error: unknown): string => {
  if (error instanceof GatewayError) return error.code;
  const code = error instanceof GraphQLError ? error.extensions["code"] : undefined;
  return typeof code === "string" ? code : "INTERNAL_SERVER_ERROR";
};

/** Records every mutation that reaches a resolver, including those that are forbidden; the server records those that reach none. */
class AuditPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types["Context"], object>,
    { parentType, name: mutation }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types["Context"], object> {
    if (parentType !== "Mutation") return resolve;
    return async (source, args, context, info) => {
      const { audit } = context as Context;
      const subject = subjectOf((args as { readonly input: Readonly<Record<string, unknown>> }).input);
      try {
        const payload = (await resolve(source, args, context, info)) as Payload;
        audit({ mutation, subject, outcome: outcomeOf(payload) });
        return payload;
      } catch (error) {
        audit({ mutation, subject, outcome: { error: codeOf(error) } });
        throw error;
      }
    };
  }
}

SchemaBuilder.registerPlugin("audit", AuditPlugin);

import { createHmac } from "node:crypto";
import type { GraphQLParams } from "../../http/request.ts";
import { isOneOf } from "./signature.ts";

/** Whether Hive Gateway signed an operation, at whatever time. */
export type CheckHive = (params: GraphQLParams) => boolean;

const EXTENSION = "hmac-signature";
const DEEPEST = 100;

/** JSON with the members of each object in order; null for what is nested deeper than anything that is meant. */
const stable = (value: unknown, depth = 0): string | null => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (depth > DEEPEST) return null;
  const isList = Array.isArray(value);
  const entries: readonly (readonly [string, unknown])[] = isList
    ? value.map((each) => ["", each] as const)
    : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts: string[] = [];
  for (const [name, member] of entries) {
    const text = stable(member, depth + 1);
    if (text === null) return null;
    parts.push(isList ? text : `${JSON.stringify(name)}:${text}`);
  }
  return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** With its callback transport, extensions come one level down. */
const signatureOf = ({ extensions }: GraphQLParams): unknown => {
  const inner = extensions?.["extensions"];
  return extensions?.[EXTENSION] ?? (isObject(inner) ? inner[EXTENSION] : undefined);
};

/** Its signature is of query and variables alone: not of the operation's name, the time, or where the request goes. */
export const createHiveCheck =
  (keys: readonly string[]): CheckHive =>
  (params) => {
    const given = signatureOf(params);
    if (typeof given !== "string") return false;
    const { query, variables = {} } = params;
    const text = stable(Object.keys(variables).length === 0 ? { query } : { query, variables });
    if (text === null) return false;
    return isOneOf(
      given,
      keys.map((key) => createHmac("sha256", key).update(text).digest("base64")),
    );
  };

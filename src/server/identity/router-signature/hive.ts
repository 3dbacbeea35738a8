import { createHmac } from "node:crypto";
import { isMembers } from "../../../contract/lookup.ts";
import type { GraphQLParams } from "../../http/request.ts";
import { isOneOf } from "./signature.ts";

/** Returns whether Hive Gateway signed an operation. The signature has no timestamp and never expires. */
export type CheckHive = (params: GraphQLParams) => boolean;

const EXTENSION = "hmac-signature";
const MAX_DEPTH = 100;

/** Serializes JSON with sorted members; returns null for a value that is nested deeper than any legitimate one. */
const stableJson = (value: unknown, depth = 0): string | null => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (depth > MAX_DEPTH) return null;
  const isList = Array.isArray(value);
  const entries: readonly (readonly [string, unknown])[] = isList
    ? value.map((each) => ["", each] as const)
    : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts: string[] = [];
  for (const [name, member] of entries) {
    const text = stableJson(member, depth + 1);
    if (text === null) return null;
    parts.push(isList ? text : `${JSON.stringify(name)}:${text}`);
  }
  return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
};

/** The callback transport of Hive Gateway nests the extensions one level deeper. */
const signatureOf = ({ extensions }: GraphQLParams): unknown => {
  const inner = extensions?.["extensions"];
  return extensions?.[EXTENSION] ?? (isMembers(inner) ? inner[EXTENSION] : undefined);
};

/** Creates the check. The signature covers the query and the variables, but not the operation name, time or path. */
export const createHiveCheck =
  (keys: readonly string[]): CheckHive =>
  (params) => {
    const received = signatureOf(params);
    if (typeof received !== "string") return false;
    const { query, variables = {} } = params;
    const text = stableJson(Object.keys(variables).length === 0 ? { query } : { query, variables });
    if (text === null) return false;
    return isOneOf(
      received,
      keys.map((key) => createHmac("sha256", key).update(text).digest("base64")),
    );
  };

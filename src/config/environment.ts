import { type PublicVariableName, type VariableName, VARIABLES } from "./variables.ts";
import type { ParseResult } from "./values.ts";

/** The environment as a map of raw texts. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables, treats an empty one as absent, and collects faults instead of throwing them. */
export interface EnvironmentReader {
  /** Returns whether a variable has a value in the environment; its default does not count. */
  readonly isSet: (name: VariableName) => boolean;
  /** Returns the raw text, the default, or "". A secret variable is accessible through `read` alone. */
  readonly text: (name: PublicVariableName) => string;
  /** Parses a variable. Returns `absent` if the variable has no value, or if the value is invalid, which adds a fault. */
  readonly read: <Value, Absent>(
    name: VariableName,
    parse: (raw: string) => ParseResult<Value>,
    absent: Absent,
  ) => Value | Absent;
  /** One sentence for each fault. */
  readonly faults: string[];
  /** Returns the secret strings in the values of all secret variables that were read. */
  readonly secrets: () => readonly string[];
}

/** Creates a reader for an environment. */
export const createEnvironmentReader = (env: Environment): EnvironmentReader => {
  const faults: string[] = [];
  const secrets = new Set<string>();
  const variable = (name: VariableName) => VARIABLES.find((each) => each.name === name);
  const rawText = (name: VariableName): string => env[name] || (variable(name)?.default ?? "");

  return {
    isSet: (name) => Boolean(env[name]),
    text: rawText,
    read(name, parse, absent) {
      const raw = rawText(name);
      if (raw === "") return absent;
      const result = parse(raw);
      if (!("value" in result)) {
        faults.push(`${name} must be ${result.expected}; received ${result.received}.`);
        return absent;
      }
      if (variable(name)?.secret === true) {
        for (const secret of result.secrets ?? stringsIn(result.value)) secrets.add(secret);
      }
      return result.value;
    },
    faults,
    secrets: () => [...secrets],
  };
};

/** Returns every string in a value: itself, items of a list, values of a map, members of an object. */
export const stringsIn = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return [...(value instanceof Map ? value.values() : Object.values(value))].flatMap(stringsIn);
};

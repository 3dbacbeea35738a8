import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { Environment } from "./environment.ts";

/** The variables whose change takes effect while the program runs. */
const RELOADED =
  /^(LIMIT_(?!CONNECTIONS$|SOCKETS$)\w+|ACCESS_ORIGINS|ACCESS_ORIGIN_HEADERS|PERSISTED_OPERATIONS(_FILE)?)$/;

/**
 * Adds the variables of the file that `SETTINGS_FILE` names, one `NAME=value` a line.
 *
 * @returns the complete environment, and one sentence for each fault; no value is part of it.
 */
export const readSettings = (env: Environment): { readonly env: Environment; readonly faults: readonly string[] } => {
  const path = env["SETTINGS_FILE"];
  if (!path) return { env, faults: [] };
  try {
    const settings = parseEnv(readFileSync(path, "utf8"));
    const faults = Object.keys(settings).flatMap((name) => {
      if (name === "SETTINGS_FILE") return ["SETTINGS_FILE cannot be set in the file that it names."];
      return env[name] ? [`${name} is set in SETTINGS_FILE and in the environment.`] : [];
    });
    return { env: { ...env, ...settings }, faults };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return { env, faults: [`SETTINGS_FILE: the file cannot be read (${code}).`] };
  }
};

/** The names of the variables that differ and need a restart to take effect. */
export const variablesForRestart = (before: Environment, after: Environment): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => (before[name] ?? "") !== (after[name] ?? "") && !RELOADED.test(name))
    .toSorted();

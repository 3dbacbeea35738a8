import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { Environment } from "./environment.ts";

/** The variables whose change takes effect while the program runs. */
const RELOADED = /^(LIMIT_(?!CONNECTIONS$|SOCKETS$)\w+|ACCESS_ORIGINS|PERSISTED_OPERATIONS(_FILE)?)$/;

/** Of a value without quotes, `parseEnv` takes what follows a `#` for a comment, and half a secret for the secret. */
const VALUE = /"[^"]*"|'[^']*'|`[^`]*`|(?!["'`])[^\n#]*?/.source;
const COMMENT = /(?<![^\s"'`])#[^\n]*/.source;

/** One entry: `NAME=value`, a comment, or nothing. */
const ENTRY = new RegExp(
  `[ \\t]*(?:(?:export[ \\t]+)?([A-Za-z_]\\w*)[ \\t]*=[ \\t]*(?:${VALUE})[ \\t]*)?(?:${COMMENT})?(?:\\n|$)`,
  "y",
);

/** Parses the text of the file. What `parseEnv` would leave out or replace without a word is a fault. */
const parseSettings = (file: string): { readonly settings: Environment; readonly faults: readonly string[] } => {
  const text = file.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const faults: string[] = [];
  const lines = new Map<string, number>();
  let line = 1;
  for (let start = 0; start < text.length; ) {
    ENTRY.lastIndex = start;
    const [entry, name] = ENTRY.exec(text) ?? [text.slice(start).split("\n", 1)[0] + "\n", null];
    const earlier = lines.get(name ?? "");
    if (name === null)
      faults.push(
        `SETTINGS_FILE, line ${line}: it must be NAME=value, or a comment that begins with #; a value with # must be in quotes.`,
      );
    else if (earlier !== undefined) faults.push(`SETTINGS_FILE, line ${line}: ${name} is set in line ${earlier}, too.`);
    else if (name !== undefined) lines.set(name, line);
    start += entry.length;
    line += entry.split("\n").length - 1;
  }
  return { settings: parseEnv(text), faults };
};

/**
 * Adds the variables of the file that `SETTINGS_FILE` names, one `NAME=value` a line.
 *
 * @returns the complete environment, and one sentence for each fault; no value is part of it.
 */
export const readSettings = (env: Environment): { readonly env: Environment; readonly faults: readonly string[] } => {
  const path = env["SETTINGS_FILE"];
  if (!path) return { env, faults: [] };
  try {
    const { settings, faults } = parseSettings(readFileSync(path, "utf8"));
    const conflicts = Object.keys(settings).flatMap((name) => {
      if (name === "SETTINGS_FILE") return ["SETTINGS_FILE cannot be set in the file that it names."];
      return env[name] ? [`${name} is set in SETTINGS_FILE and in the environment.`] : [];
    });
    return { env: { ...env, ...settings }, faults: [...faults, ...conflicts] };
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

import { readFileSync } from "node:fs";
import { type Config, parseConfig } from "./config.ts";
import type { Environment } from "./environment.ts";
import { readSettings } from "./settings-file.ts";
import { type SecretVariableName, VARIABLES } from "./variables.ts";

/** The name of a variable that names the file of a secret. */
export type SecretFileName = `${SecretVariableName}_FILE`;

/** The secret variables whose file is read once, at the start, by the name of the file's variable. */
export const SECRET_FILES: ReadonlyMap<string, SecretVariableName> = new Map(
  VARIABLES.flatMap((variable) => {
    const file = `${variable.name}_FILE`;
    // A variable of the table, such as that of the gateway's token, has a rule of its own.
    return variable.secret && !VARIABLES.some(({ name }) => name === file) ? [[file, variable.name] as const] : [];
  }),
);

/**
 * Replaces the variables that name files of secrets by the contents of the files, without the line break at their end.
 *
 * @returns the environment with the secrets, and one sentence for each file that cannot be used.
 */
export const readSecretFiles = (
  env: Environment,
): { readonly env: Environment; readonly faults: readonly string[] } => {
  const faults: string[] = [];
  const secrets: Record<string, string> = {};
  for (const [file, name] of SECRET_FILES) {
    const path = env[file];
    if (!path) continue;
    if (env[name]) {
      faults.push(`${file} cannot be combined with ${name}.`);
      continue;
    }
    try {
      const secret = readFileSync(path, "utf8").replace(/\r?\n$/, "");
      if (secret === "") faults.push(`${file}: the file must contain a secret; it is empty.`);
      secrets[name] = secret;
    } catch (error) {
      faults.push(`${file}: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"}).`);
    }
  }
  return { env: { ...env, ...secrets }, faults };
};

/**
 * Adds the variables of the file of settings, and the secrets that are in files.
 *
 * @returns the complete environment, and one sentence for each fault; no value is part of it.
 */
export const completeEnvironment = (
  env: Environment,
): { readonly env: Environment; readonly faults: readonly string[] } => {
  const settings = readSettings(env);
  const { env: complete, faults } = readSecretFiles(settings.env);
  return { env: complete, faults: [...settings.faults, ...faults] };
};

/**
 * Parses an environment in which variables may be in the file of settings, and secrets in files.
 *
 * @throws ConfigError with all faults.
 */
export const loadConfig = (env: Environment): Config => {
  const { env: complete, faults } = completeEnvironment(env);
  return parseConfig(complete, faults);
};

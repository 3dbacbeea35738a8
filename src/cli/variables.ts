import { ConfigError } from "../config/config.ts";
import { createEnvironmentReader, type EnvironmentReader } from "../config/environment.ts";
import { completeEnvironment } from "../config/secret-files.ts";

/**
 * Reads the few variables that a command needs, from the environment, the file of settings and files of secrets.
 *
 * @throws ConfigError with all faults: of the files, and of those variables.
 */
export const readVariables = <Values>(read: (reader: EnvironmentReader) => Values): Values => {
  const { env, faults } = completeEnvironment(process.env);
  const reader = createEnvironmentReader(env);
  const values = read(reader);
  const all = [...faults, ...reader.faults];
  if (all.length > 0) throw new ConfigError(all);
  return values;
};

import { unwatchFile, watchFile } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { App } from "../app/app.ts";
import { type Config, ConfigError } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import { loadConfig } from "../config/secret-files.ts";
import { readSettings, variablesForRestart } from "../config/settings-file.ts";
import type { Signals } from "../runtime/signals.ts";

const CHECK_MS = 2_000;

/** The files to follow, by the variables that name them, and how the program is ended meanwhile. */
export interface ConfigFiles {
  /** The environment of the process. */
  readonly env: Environment;
  /** The variables that the program was started with, those of the file among them. */
  readonly settings: Environment;
  readonly signals: Signals;
  readonly isTerminal: boolean;
}

/**
 * Follows the file of settings and that of stored documents: a change of either, or SIGHUP, reads both again. SIGHUP still ends the
 * program if it has neither file, or if it runs on a terminal, which sends it when it is closed.
 *
 * @returns what ends it.
 */
export const followConfig = (
  { logger, reload: replaceConfig }: Pick<App, "logger" | "reload">,
  { env, settings: started, signals, isTerminal }: ConfigFiles,
): (() => void) => {
  let running: Promise<void> = Promise.resolve();
  let before = started;
  let watched: readonly string[] = [];

  const apply = async () => {
    const settings = readSettings(env);
    const config = loadConfig(env);
    await replaceConfig(config);
    const variables = variablesForRestart(before, settings.env);
    before = settings.env;
    watch(config);
    logger.info({}, "configuration reloaded");
    if (variables.length > 0) logger.warn({ variables }, "variables changed that take effect after a restart only");
  };
  const reload = () => {
    running = running.then(apply).catch((error: unknown) => {
      const faults = error instanceof ConfigError ? { faults: error.faults } : { err: error };
      logger.error(faults, "configuration not reloaded; the one in force stays");
    });
  };
  const watch = ({ persisted }: Config) => {
    const files = [env["SETTINGS_FILE"] || null, persisted.file].filter((file) => file !== null);
    for (const file of watched) if (!files.includes(file)) unwatchFile(file, reload);
    for (const file of files) {
      if (!watched.includes(file)) watchFile(file, { interval: CHECK_MS, persistent: false }, reload);
    }
    watched = files;
  };

  watch(loadConfig(env));
  if (watched.length > 0 && !isTerminal) signals.onHangup(reload);
  // The file may have changed while the program started.
  if (!isDeepStrictEqual(readSettings(env).env, started)) reload();
  return () => {
    for (const file of watched) unwatchFile(file, reload);
  };
};

import type { Plugin } from "graphql-yoga";
import { startApp } from "./app/app.ts";
import { ConfigError } from "./config/config.ts";
import { loadConfig, type SecretFileName } from "./config/secret-files.ts";
import type { VariableName } from "./config/variables.ts";
import type { Sandbox } from "./sandbox/index.ts";

export { ConfigError };
export type { Plugin, Sandbox, SecretFileName, VariableName };

/**
 * The settings of docs/configuration.md by name, with the values that environment variables have. `process.env` is one such object; no
 * other environment is read.
 */
export type PorticoSettings = { readonly [Name in VariableName | SecretFileName]?: string | undefined };

/** What a program adds to Portico. */
export interface PorticoOptions {
  /** Envelop plugins that queries and mutations pass, in this order. Subscriptions are executed once for all subscribers, without them. */
  readonly plugins?: readonly Plugin[];
  /** The destination of log lines, each one JSON object with a line break. @default standard output */
  readonly log?: { readonly write: (line: string) => void };
}

/** A running Portico. */
export interface Portico {
  /** The URL that it listens on, without a trailing slash. GraphQL is at `/graphql`. */
  readonly url: string;
  /** The embedded gateway; null in front of a real gateway. */
  readonly sandbox: Sandbox | null;
  /** Accepts no more requests, waits for those in flight, and closes everything within ten seconds. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts Portico in this process. It listens when the promise resolves. It does not handle signals: call `stop` before the process ends.
 *
 * @throws ConfigError with all faults of the settings.
 */
export const startPortico = async (settings: PorticoSettings = {}, options: PorticoOptions = {}): Promise<Portico> => {
  const config = loadConfig(settings);
  const { url, sandbox, logger, stop } = await startApp(config, options);
  for (const warning of config.warnings) logger.warn({}, warning);
  return { url, sandbox, stop };
};

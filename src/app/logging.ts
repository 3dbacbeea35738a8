import type { Config } from "../config/config.ts";
import type { LineFile } from "../runtime/line-writer.ts";
import { createLogger, type Logger, type LoggerOptions } from "../runtime/logger.ts";
import { openStandardLog } from "../runtime/standard-log.ts";

/** Where the lines of the log go. */
export interface LogOptions {
  /** The destination of log lines. @default standard output */
  readonly log?: { readonly write: (line: string) => void };
  /** Turns a line of JSON into what standard output receives. @default the line itself */
  readonly formatLine?: (line: string) => string;
}

/** The log of the program. */
export interface Logging {
  readonly logger: Logger;
  /** Null if the log goes elsewhere than to standard output. */
  readonly standardLog: LineFile | null;
  /** Creates a logger of another destination, which hides the same secrets. */
  readonly loggerTo: (destination: LoggerOptions["destination"] & {}) => Logger;
  /** Hides a value in all lines from now on. */
  readonly addSecret: (secret: string) => void;
}

/** Opens the log, which hides the secrets of the configuration. */
export const openLogging = (config: Config, { log, formatLine }: LogOptions): Logging => {
  let current = config.secrets;
  const secrets = () => current;
  const standardLog = log === undefined ? openStandardLog(formatLine) : null;
  const destination = standardLog ?? log;
  return {
    logger: createLogger({ level: config.logLevel, secrets, ...(destination === undefined ? {} : { destination }) }),
    standardLog,
    loggerTo: (other) => createLogger({ level: "info", secrets, destination: other }),
    addSecret: (secret) => void (current = [...current, secret]),
  };
};

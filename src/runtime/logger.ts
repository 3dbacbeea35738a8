import { pino, stdTimeFunctions } from "pino";
import { createScrubber, redact, type Secrets } from "./redact.ts";

type LogMembers = Readonly<Record<string, unknown>>;

/** Writes one line of JSON: the members, then the message. Members are redacted; the message is constant text. */
type Write = (members: LogMembers, message: string) => void;

/** A logger whose lines hold no secrets. */
export interface Logger {
  readonly trace: Write;
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  readonly fatal: Write;
  /** Returns a logger that adds these members to each line. */
  readonly child: (members: LogMembers) => Logger;
}

export interface LoggerOptions {
  readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** Values that are replaced wherever they occur in a line. */
  readonly secrets?: Secrets;
  /** Lines of the level `fatal` are flushed at once if it can do that. @default standard output */
  readonly destination?: { readonly write: (line: string) => void; readonly flushSync?: () => void };
}

/** Creates a logger of JSON lines with ISO times, which redacts secret members and secret values. */
export const createLogger = ({ level, secrets = [], destination }: LoggerOptions): Logger => {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    messageKey: "message",
    serializers: { err: (value: unknown) => value },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (members: object) => redact(members) as Record<string, unknown>,
    },
    hooks: { streamWrite: createScrubber(secrets) },
  };
  return narrow(destination === undefined ? pino(options) : pino(options, destination));
};

/** Pino formats `%s` and accepts errors as members; this narrower interface leaves no way around the redaction. */
const narrow = (inner: ReturnType<typeof pino>): Logger => ({
  trace: (members, message) => inner.trace(members, message),
  debug: (members, message) => inner.debug(members, message),
  info: (members, message) => inner.info(members, message),
  warn: (members, message) => inner.warn(members, message),
  error: (members, message) => inner.error(members, message),
  fatal: (members, message) => inner.fatal(members, message),
  child: (members) => narrow(inner.child(redact(members) as object)),
});

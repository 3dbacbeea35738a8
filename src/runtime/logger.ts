import { pino, stdTimeFunctions } from "pino";
import { createScrubber, redact, type Secrets } from "./redact.ts";

type Facts = Readonly<Record<string, unknown>>;

/** Writes one line of JSON: the facts, then the message. Facts are redacted; the message is constant text. */
type Write = (facts: Facts, message: string) => void;

export interface Logger {
  readonly trace: Write;
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  readonly fatal: Write;
  /** A logger that adds these facts to each line. */
  readonly child: (facts: Facts) => Logger;
}

export interface LoggerOptions {
  readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** Values that may not be written, whatever they are part of. */
  readonly secrets?: Secrets;
  /** Standard output unless told otherwise. */
  readonly destination?: { readonly write: (line: string) => void };
}

/** A logger of JSON lines with ISO times. Secret members and secret values are blotted out. */
export const createLogger = ({ level, secrets = [], destination }: LoggerOptions): Logger => {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    messageKey: "message",
    serializers: { err: (value: unknown) => value },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (facts: object) => redact(facts) as Record<string, unknown>,
    },
    hooks: { streamWrite: createScrubber(secrets) },
  };
  return narrow(destination === undefined ? pino(options) : pino(options, destination));
};

/** Pino formats `%s` and takes errors for facts; this narrower face leaves no way around the redaction. */
const narrow = (inner: ReturnType<typeof pino>): Logger => ({
  trace: (facts, message) => inner.trace(facts, message),
  debug: (facts, message) => inner.debug(facts, message),
  info: (facts, message) => inner.info(facts, message),
  warn: (facts, message) => inner.warn(facts, message),
  error: (facts, message) => inner.error(facts, message),
  fatal: (facts, message) => inner.fatal(facts, message),
  child: (facts) => narrow(inner.child(redact(facts) as object)),
});

import { createScrubber, redact, type Scrub, type Secrets } from "./redact.ts";

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

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

type Level = (typeof LEVELS)[number];

const ignore: Write = () => {};

/** Creates a clock that shows ISO 8601 with milliseconds. What is the same for a second is made once in it. */
const createClock = (): (() => string) => {
  let second = Number.NaN;
  let start = "";
  return () => {
    const now = Date.now();
    const current = Math.floor(now / 1_000);
    if (current !== second) {
      second = current;
      start = new Date(now).toISOString().slice(0, -"000Z".length);
    }
    return `${start}${String(now % 1_000).padStart(3, "0")}Z`;
  };
};

/** Returns the members as text between two others: empty, or beginning with a comma. */
const textOf = (members: LogMembers, scrub: Scrub): string => {
  const json = JSON.stringify(redact(members, scrub));
  return json.length === 2 ? "" : `,${json.slice(1, -1)}`;
};

/** Creates a logger of JSON lines with ISO times, which redacts secret members and secret values. */
export const createLogger = ({ level, secrets = [], destination = process.stdout }: LoggerOptions): Logger => {
  const scrub = createScrubber(secrets);
  const clock = createClock();
  const lowest = level === "silent" ? LEVELS.length : LEVELS.indexOf(level);

  const withMembers = (common: string): Logger => {
    const writerOf = (name: Level): Write => {
      if (LEVELS.indexOf(name) < lowest) return ignore;
      return (members, message) => {
        const text = `{"level":"${name}","time":"${clock()}"${common}${textOf(members, scrub)},"message":${JSON.stringify(message)}}\n`;
        destination.write(scrub(text));
        if (name === "fatal" && "flushSync" in destination) destination.flushSync?.();
      };
    };
    return {
      trace: writerOf("trace"),
      debug: writerOf("debug"),
      info: writerOf("info"),
      warn: writerOf("warn"),
      error: writerOf("error"),
      fatal: writerOf("fatal"),
      child: (members) => withMembers(common + textOf(members, scrub)),
    };
  };
  return withMembers("");
};

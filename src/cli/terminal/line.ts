import type { Paint } from "./paint.ts";

type LineMembers = Readonly<Record<string, unknown>>;

const LEVELS: Readonly<Record<string, readonly [mark: string, style: Parameters<Paint>[0]]>> = {
  fatal: ["FATAL", "bad"],
  error: ["error", "bad"],
  warn: ["warn ", "notice"],
  info: ["info ", "good"],
  debug: ["debug", "faint"],
  trace: ["trace", "faint"],
};

/** Characters that a terminal would obey. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const harmless = (text: string): string =>
  text.replaceAll(CONTROL, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);

const textOf = (value: unknown): string => {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? "";
};

const statusStyle = (status: unknown): Parameters<Paint>[0] =>
  typeof status !== "number" || status < 400 ? "good" : status < 500 ? "notice" : "bad";

/**
 * Creates a function that turns a line of the log, which is JSON, into a line for a person: time, level, message and the members. What a
 * client sent cannot change what the terminal displays: control characters are escaped. A line that is not JSON is returned as it is.
 */
export const createLineFormatter =
  (paint: Paint) =>
  (line: string): string => {
    const { level, time, message, ...members } = parsed(line) ?? {};
    if (typeof message !== "string" || typeof time !== "string") return line;
    const [mark, style] = LEVELS[String(level)] ?? [String(level), "strong"];
    const clock = paint("faint", localTime(time));
    const rest = message === "request" ? requestText(paint, members) : eventText(paint, message, members);
    return `${clock} ${paint(style, mark)} ${rest}\n`;
  };

/** Members of a request that only a program reads. */
const HIDDEN: readonly string[] = ["requestId", "bytes", "account", "transport", "trace_id"];

/** A request, in the words of its first line. */
const requestText = (paint: Paint, { method, path, status, ms, operationName, ...members }: LineMembers): string => {
  const others = Object.fromEntries(Object.entries(members).filter(([key]) => !HIDDEN.includes(key)));
  const head = harmless(`${String(method)} ${String(path)}`);
  const name = typeof operationName === "string" ? ` ${paint("strong", harmless(operationName))}` : "";
  return `${head} ${paint(statusStyle(status), String(status))} ${String(ms)} ms${name}${membersText(paint, others)}`;
};

const eventText = (paint: Paint, message: string, members: LineMembers): string =>
  `${harmless(message)}${membersText(paint, members)}`;

const membersText = (paint: Paint, members: LineMembers): string => {
  const pairs = Object.entries(members).map(([name, value]) => `${harmless(name)}=${harmless(textOf(value))}`);
  return pairs.length === 0 ? "" : `  ${paint("faint", pairs.join(" "))}`;
};

const localTime = (time: string): string => new Date(time).toTimeString().slice(0, 8);

const parsed = (line: string): LineMembers | null => {
  try {
    return JSON.parse(line) as LineMembers;
  } catch {
    return null;
  }
};

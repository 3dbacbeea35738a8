import { oncePerMinute } from "./throttle.ts";
import { createLineWriter, type LineFile } from "./line-writer.ts";

const STANDARD_OUTPUT = 1;
/** Long enough to write the lines of several requests at once, and short enough for a person who watches the log. */
const COLLECT_MS = 10;
const CLOSE_MS = 500;

/**
 * Opens the log on standard output, which receives each line as `format` returns it. Serving goes on while it cannot be written, be it
 * a full disk, a closed pipe or a reader that stopped reading. That is reported on standard error, at most once a minute, and in the log
 * when it can be written again.
 */
export const openStandardLog = (format: (line: string) => string = (line) => line): LineFile => {
  // Node makes a pipe or a socket non-blocking when its stream is created.
  void process.stdout;
  const ignore = () => {};
  const write = (text: string) => {
    try {
      process.stderr.write(text);
    } catch {
      // Nothing is left to write to; the metrics still count the lines.
    }
  };
  const line = (message: string, members: object) =>
    `${JSON.stringify({ level: "error", time: new Date().toISOString(), ...members, message })}\n`;
  let lastFault: object = {};
  const alarm = oncePerMinute((times) => write(line("log cannot be written", { times, err: lastFault })));
  const writer = createLineWriter({
    fd: STANDARD_OUTPUT,
    collectMs: COLLECT_MS,
    onFault({ message, ...error }) {
      lastFault = { message, ...error };
      alarm();
    },
    onRecovery: (lost) => writer.write(format(line("log is written again", { lost }))),
  });
  // An error of standard error that nobody handles would end the process.
  process.stderr.on("error", ignore);
  process.on("exit", writer.flushSync);
  return {
    ...writer,
    write: (text) => writer.write(format(text)),
    async close() {
      await writer.flush(CLOSE_MS);
      process.off("exit", writer.flushSync);
      process.stderr.off("error", ignore);
    },
  };
};

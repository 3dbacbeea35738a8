import { parseArgs } from "node:util";
import { ConfigError } from "../config/config.ts";
import type { Signals } from "../runtime/signals.ts";
import { type ProgramCommand, type Invocation, print, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import { versionLine } from "./version.ts";

/**
 * Runs the program and ends the process: with code 0, with 1 after a failure, or with 2 after a fault of the command line.
 */
export const runProgram = async (args: readonly string[], signals: Signals): Promise<void> => {
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    // A reader such as `head` that has read enough is not a failure.
    if (code === "EPIPE") process.exit();
    process.stderr.write(`Standard output cannot be written: ${message}.\n`);
    process.exit(1);
  });
  try {
    process.exitCode = await perform(args, signals);
  } catch (error) {
    process.stderr.write(`${messageOf(error, args)}\n`);
    // A start that fails after a signal is not a failure: nobody waits for it any more.
    process.exitCode = signals.isReceived() ? 0 : error instanceof UsageError ? 2 : 1;
  }
  // If a write failed, the stream reports that first.
  const end = () => setImmediate(() => process.exit());
  // What was written before may still be on its way to a slow reader. A command that serves writes its log elsewhere, and does not fail
  // because nothing can be written here.
  if (process.stdout.writableLength === 0) end();
  else process.stdout.write("", end);
};

/** The operator can act on these errors by their message; any other error is a defect, which needs its stack. */
const messageOf = (error: unknown, args: readonly string[]): string => {
  if (error instanceof UsageError) {
    const { name } = nameIn(args);
    const command = name !== null && Object.hasOwn(COMMANDS, name) ? `${name} ` : "";
    return `${error.message} \`portico ${command}--help\` lists what there is.`;
  }
  const isPublic = error instanceof ConfigError || (error instanceof Error && "code" in error);
  return isPublic ? error.message : String((error as Error).stack ?? error);
};

const perform = async (args: readonly string[], signals: Signals): Promise<number> => {
  const { name, rest } = nameIn(args);
  const command = commandOf(name ?? "start");
  const { flags, positionals } = parseFlags(command, rest);
  if (flags["help"] === true) print(name === null ? programHelp() : commandHelp(command));
  else if (flags["version"] === true) print(versionLine());
  else if (positionals.length !== command.args)
    throw new UsageError(`The command must be \`portico ${command.usage}\`; received ${countOf(positionals)}.`);
  else {
    const run = (await command.load())({ flags, args: positionals, signals });
    return command.serves === true ? run : Promise.race([run, signals.received.then(() => 1)]);
  }
  return 0;
};

const countOf = ({ length }: readonly string[]): string => (length === 1 ? "1 argument" : `${length} arguments`);

/** Splits the name of the command from what follows it; the name is null if there is none. */
const nameIn = (args: readonly string[]): { readonly name: string | null; readonly rest: readonly string[] } => {
  const [first, second] = args;
  if (first === undefined || first.startsWith("-")) return { name: null, rest: args };
  const isGroup = Object.keys(COMMANDS).some((each) => each.startsWith(`${first} `));
  if (isGroup && (second === "--help" || second === "-h")) return { name: null, rest: [second] };
  return isGroup
    ? { name: `${first} ${second ?? ""}`.trim(), rest: args.slice(2) }
    : { name: first, rest: args.slice(1) };
};

/** @throws UsageError */
const commandOf = (name: string): ProgramCommand => {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command;
  throw new UsageError(`The command must be one of ${Object.keys(COMMANDS).join(", ")}; received "${name}".`);
};

/** @throws UsageError */
const parseFlags = (
  { flags }: ProgramCommand,
  args: readonly string[],
): { readonly flags: Invocation["flags"]; readonly positionals: readonly string[] } => {
  const common = { help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "v" } } as const;
  const own = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]));
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...own, ...common },
      allowPositionals: true,
    });
    return { flags: values, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/(?<=[.'"]) To specify.*$/s, ""));
  }
};

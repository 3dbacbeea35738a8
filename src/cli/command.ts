import type { Signals } from "../runtime/signals.ts";

/** A flag of a command. */
export interface CommandFlag {
  readonly type: "string" | "boolean";
  /** What its value is, for the help; a boolean flag has none. */
  readonly value?: string;
  readonly meaning: string;
}

/** What a command is called with. */
export interface Invocation {
  /** The flags that were given, by name. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** The arguments that are not flags. */
  readonly args: readonly string[];
  readonly signals: Signals;
}

/** A command of the program. */
export interface ProgramCommand {
  /** Its name and arguments, as one writes them. */
  readonly usage: string;
  readonly summary: string;
  /** How many arguments it requires. */
  readonly args: number;
  readonly flags: Readonly<Record<string, CommandFlag>>;
  /** Whether it runs until a signal ends it cleanly. A signal ends any other command at once. @default false */
  readonly serves?: boolean;
  /**
   * Loads the command.
   *
   * @returns a function that runs it and resolves with the exit code.
   */
  readonly load: () => Promise<(invocation: Invocation) => Promise<number>>;
}

/** A fault of the command line. Its message says what must hold. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Writes a line of a command's result to standard output. */
export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

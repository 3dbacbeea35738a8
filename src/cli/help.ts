import type { ProgramCommand } from "./command.ts";
import { COMMANDS } from "./commands.ts";

const aligned = (rows: readonly (readonly [left: string, right: string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
};

/** The text of `portico --help`. */
export const programHelp = (): string =>
  [
    "Portico: a GraphQL API in front of the Biometric Gateway API v3.",
    "",
    "Usage: portico [command]",
    "",
    aligned(Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary])),
    "",
    aligned([
      ["-h, --help", "Show this text, or that of a command."],
      ["-v, --version", "Show the version."],
    ]),
    "",
    "Settings are environment variables: docs/configuration.md lists them.",
  ].join("\n");

/** The text of `portico <command> --help`. */
export const commandHelp = ({ usage, summary, flags }: ProgramCommand): string => {
  const rows = Object.entries(flags).map(
    ([name, { value, meaning }]) => [`--${name}${value === undefined ? "" : ` <${value}>`}`, meaning] as const,
  );
  return [`Usage: portico ${usage}`, "", summary, ...(rows.length === 0 ? [] : ["", aligned(rows)])].join("\n");
};

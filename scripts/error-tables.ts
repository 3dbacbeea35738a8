import { CLOSE_ACTIONS, type CloseAction } from "../src/client/index.ts";
import { ERROR_CODES, type ErrorCodeEntry } from "../src/error-codes.ts";
import { USER_ERROR_CODES } from "../src/schema/command/user-error-codes.ts";
import { CLOSE_CODES, type CloseCodeEntry } from "../src/server/transports/websocket/protocol.ts";

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), `|${"---|".repeat(head.length)}`, ...rows.map(row)].join("\n");

const code = (text: string): string => `\`${text}\``;

const alternatives = (statuses: readonly number[]): string =>
  statuses.length < 2 ? `${statuses[0] ?? "-"}` : `${statuses.slice(0, -1).join(", ")} or ${statuses.at(-1)}`;

/** The Markdown table of the codes of GraphQL errors. */
export const errorTable = (): string => {
  const entries: [string, ErrorCodeEntry][] = Object.entries(ERROR_CODES);
  return table(
    ["code", "status", "meaning", "what to do"],
    entries.map(([name, { statuses, meaning, next }]) => [code(name), alternatives(statuses), meaning, next]),
  );
};

/** The Markdown table of the codes of `userErrors`. */
export const userErrorTable = (): string =>
  table(
    ["code", "type", "meaning"],
    Object.entries(USER_ERROR_CODES).map(([name, { type, meaning }]) => [code(name), code(type), meaning]),
  );

/** The Markdown table of the close codes of sockets. */
export const closeCodeTable = (): string => {
  const entries: CloseCodeEntry[] = Object.values(CLOSE_CODES);
  return table(
    ["code", "meaning", "connect again?", "graphql-ws"],
    entries.map(({ code: number, meanings, retry, isRetried }) => [
      String(number),
      meanings.join("; or "),
      retry,
      isRetried ? "connects again" : "reports an error",
    ]),
  );
};

const ACTIONS: Readonly<Record<CloseAction, string>> = {
  "at once": "connects at once, behind the last event",
  later: "connects after a random wait that grows, behind the last event",
  credentials: "asks for fresh credentials and connects at once; if they are refused, too, it ends as `unauthorized`",
  end: "ends as `refused`",
};

/** What the client does after each close code, as a Markdown table. */
export const closeActionTable = (): string =>
  table(
    ["code", "meaning", "what the client does"],
    Object.values(CLOSE_CODES).map(({ code: number, meanings }: CloseCodeEntry) => [
      `${number}`,
      meanings.join("; or "),
      ACTIONS[CLOSE_ACTIONS[number] ?? "later"],
    ]),
  );

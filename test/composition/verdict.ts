import { type ComposerName, COMPOSERS, type Part } from "./composers.ts";

/** What Cosmo says, which has no codes, in a word each. */
const COSMO_WORDS = [
  [/without the "@shareable" directive/, "not shareable"],
  [/could not be federated due to incompatible types/, "types differ"],
  [/is defined using incompatible types across/, "kinds differ"],
  [/Interface implementation errors/, "fields not implemented"],
  [/was inconsistently defined across/, "values differ"],
  [/is required in the following subgraph/, "argument missing"],
  [/unresolvable|cannot be resolved|provide route/i, "not reachable"],
] as const;

const wordOf = (fault: string): string => {
  const [, word] = COSMO_WORDS.find(([pattern]) => pattern.test(fault)) ?? [];
  if (word === undefined) throw new Error(`Cosmo says something new: ${fault}`);
  return word;
};

const codeOf = (fault: string): string => `\`${fault.split(":")[0] ?? ""}\``;

/** A cell of the table in docs/federation.md: that it composes, or all that a composer has against it. */
export const verdictOf = (composer: ComposerName, parts: readonly Part[]): string => {
  const composed = COMPOSERS[composer](parts);
  if ("supergraph" in composed) return "composes";
  const reasons = new Set(composed.faults.map(composer === "Cosmo" ? wordOf : codeOf));
  return [...reasons].toSorted().join(", ");
};

/** The cells of the rows below a heading, without the head of the table. */
export const rowsBelow = (markdown: string, heading: string): readonly (readonly string[])[] => {
  const section = markdown.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
};

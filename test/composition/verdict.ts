import { type ComposerName, COMPOSERS, type SubgraphSource } from "./composers.ts";

/** Short names for the errors of Cosmo, which has no error codes. */
const COSMO_ERRORS = [
  [/without the "@shareable" directive/, "not shareable"],
  [/could not be federated due to incompatible types/, "types differ"],
  [/is defined using incompatible types across/, "kinds differ"],
  [/Interface implementation errors/, "fields not implemented"],
  [/was inconsistently defined across/, "values differ"],
  [/is required in the following subgraph/, "argument missing"],
  [/unresolvable|cannot be resolved|provide route/i, "not reachable"],
] as const;

const shortName = (fault: string): string => {
  const [, name] = COSMO_ERRORS.find(([pattern]) => pattern.test(fault)) ?? [];
  if (name === undefined) throw new Error(`Cosmo returned an unknown error: ${fault}`);
  return name;
};

const codeOf = (fault: string): string => `\`${fault.split(":")[0] ?? ""}\``;

/** A cell of the table in docs/federation.md: "composes", or the reasons of the composer. */
export const compositionVerdict = (composer: ComposerName, parts: readonly SubgraphSource[]): string => {
  const composed = COMPOSERS[composer](parts);
  if ("supergraph" in composed) return "composes";
  const reasons = new Set(composed.faults.map(composer === "Cosmo" ? shortName : codeOf));
  return [...reasons].toSorted().join(", ");
};

/** The cells of the table rows below a heading, without the header row. */
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

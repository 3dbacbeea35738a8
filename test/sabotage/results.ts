import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { table } from "../../bench/table.ts";
import { BREAKS } from "./list.ts";

/** What became of a break. */
export interface Result {
  readonly title: string;
  readonly isNoticed: boolean;
  /** The test that failed, or why none did. */
  readonly by: string;
}

const FILE = join(import.meta.dirname, "results.md");
const SEPARATOR = " | ";

/** The recorded rows by title. */
const recorded = (): ReadonlyMap<string, readonly string[]> => {
  const lines = existsSync(FILE) ? readFileSync(FILE, "utf8").split("\n") : [];
  const rows = lines.filter((line) => line.startsWith("| ")).map((line) => line.slice(2, -2).split(SEPARATOR));
  return new Map(rows.map((row) => [row[0] ?? "", row]));
};

/** Writes a result into results.md, in the order of the list; results of other breaks stay. */
export const record = ({ title, isNoticed, by }: Result): void => {
  const date = new Date().toISOString().slice(0, 10);
  const rows = new Map(recorded());
  rows.set(title, [title, isNoticed ? "yes" : "NO", date, by.replaceAll("|", "/")]);
  const known = BREAKS.map(({ title }) => rows.get(title)).filter((row) => row !== undefined);
  const noticed = known.filter(([, isNoticed]) => isNoticed === "yes").length;
  const head = `# Last results\n\n${noticed} of ${BREAKS.length} breaks were noticed. Written by \`npm run test:sabotage -- --record\`.`;
  writeFileSync(FILE, `${head}\n\n${table(["break", "noticed", "date", "by"], known)}\n`);
};

import { globSync, readFileSync } from "node:fs";

const root = new URL("..", import.meta.url);

const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const versionOf = (path: string): string => /schema-(.+)\.graphql$/.exec(path)?.[1] ?? "";

/** The schema as it was last released, as it is now, and what is said of the difference. */
export const readReleased = () => {
  const paths = globSync("docs/releases/schema-*.graphql", { cwd: root });
  const [last] = paths.toSorted((a, b) => versionOf(b).localeCompare(versionOf(a), "en", { numeric: true }));
  if (last === undefined) throw new Error("There is no schema of a release: docs/releases/schema-<version>.graphql.");
  return {
    version: versionOf(last),
    released: read(last),
    current: read("schema.graphql"),
    changelog: read("CHANGELOG.md"),
  };
};

import { globSync, readFileSync } from "node:fs";

const root = new URL("..", import.meta.url);

const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const versionOf = (path: string): string => /subgraph-(.+)\.graphql$/.exec(path)?.[1] ?? "";

/**
 * Reads the last released subgraph schema, the current one and the changelog. It has all that clients see, except `node` and `nodes`, and
 * the directives that supergraphs rely on.
 * @throws Error if there is no released schema.
 */
export const readReleased = () => {
  const paths = globSync("docs/releases/subgraph-*.graphql", { cwd: root });
  const [last] = paths.toSorted((a, b) => versionOf(b).localeCompare(versionOf(a), "en", { numeric: true }));
  if (last === undefined)
    throw new Error("docs/releases must contain the schema of a release: subgraph-<version>.graphql.");
  return {
    version: versionOf(last),
    released: read(last),
    current: read("subgraph.graphql"),
    changelog: read("CHANGELOG.md"),
  };
};

import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../../src");
const EXPORT = /^export (?:abstract |async )*(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;

/** Files that declare GraphQL types. */
const GRAPHQL_TYPE = /^schema\/(?:.+\/)?(?:refs|[^/]+\.enums|[^/]+\.type)\.ts$/;
const isContract = (file: string): boolean => file.startsWith("contract/");

/** The files that declare each exported name. A value and a type of the same name in one file count once. */
const declarations = Map.groupBy(
  globSync("**/*.ts", { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const names = [...readFileSync(join(root, file), "utf8").matchAll(EXPORT)].map(([, name = ""]) => name);
      return [...new Set(names)].map((name) => ({ name, file }));
    }),
  ({ name }) => name,
);

/** A contract record and the GraphQL type of the same thing share a name; nothing else does. */
const isRecordWithType = (files: readonly string[]): boolean =>
  files.length === 2 && files.some(isContract) && files.some((file) => GRAPHQL_TYPE.test(file));

test("an exported name means one thing in src, except a contract record and its GraphQL type", () => {
  const collisions = [...declarations]
    .map(([name, found]) => ({ name, files: found.map(({ file }) => file) }))
    .filter(({ files }) => files.length > 1 && !isRecordWithType(files))
    .map(({ name, files }) => `${name} is exported by ${files.join(" and ")}: rename all but one`);
  expect(collisions).toEqual([]);
});

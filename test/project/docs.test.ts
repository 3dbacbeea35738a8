import { globSync, readFileSync } from "node:fs";
import { isEnumType } from "graphql";
import { expect, test } from "vitest";
import { buildSchema } from "../../src/schema/index.ts";

const root = new URL("../..", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const sources = (layers: string): string[] => globSync(`src/${layers}/**/*.ts`, { cwd: root }).map(read);

/** The first column of the tables below a heading. */
const listed = (heading: string): string[] => {
  const section = read("docs/errors.md").split(`## ${heading}`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code ?? "").toSorted();
};

const userErrorCodes = (): string[] => {
  const type = buildSchema().getType("UserErrorCode");
  return isEnumType(type)
    ? type
        .getValues()
        .map(({ name }) => name)
        .toSorted()
    : [];
};

test("docs/errors.md lists the codes of GraphQL errors, no more and no less", () => {
  const saidIn = (layers: string) => {
    const said = sources(layers).flatMap((text) => [
      ...text.matchAll(/code: "([A-Z_]+)"|(?:coded|sendGraphQLError)\([^)]*?"([A-Z_]+)"|\| "(UPSTREAM_[A-Z_]+)"/g),
    ]);
    return new Set(said.map(([, ...groups]) => groups.find((group) => group !== undefined) ?? ""));
  };
  const codes = saidIn("schema");
  for (const code of userErrorCodes()) codes.delete(code);
  for (const code of saidIn("{gateway,server,commands}")) codes.add(code);
  expect(listed("Codes of GraphQL errors")).toEqual([...codes].toSorted());
});

test("docs/errors.md lists the codes of userErrors, no more and no less", () => {
  expect(listed("Codes of `userErrors`")).toEqual(userErrorCodes());
});

test("docs/commands.md explains every status of a command", () => {
  const type = buildSchema().getType("CommandStatus");
  const statuses = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
  const explained = [...read("docs/commands.md").matchAll(/^\| `([A-Z]+)`/gm)].map(([, status]) => status ?? "");
  expect(explained.toSorted()).toEqual(statuses.toSorted());
});

test("no link in the docs leads nowhere", () => {
  for (const path of ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root })]) {
    const text = read(path);
    const base = new URL(path, root);
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(() => readFileSync(new URL(target, base)), `${path} -> ${target}`).not.toThrow(/ENOENT/);
    }
  }
});

import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../..", import.meta.url);
const MAX_COLUMNS = 140;

/** Private words of an earlier version; the standard terms are: report, request, notify, send, anyone who, again, forever. */
const PRIVATE_WORDS =
  /\b(told|tells?|wish|courier|whoever|anew|in vain|for ever|hears? of|in good order|(?<!there )is none)\b/i;

/** A word that Redis holds since the first version, and a person in an example of the gateway's own document. */
const ALLOWED = /['`]told['`]|told: "advertised"|Courier at the gate/g;

const GENERATED = /^(test\/gql\/|docs\/releases\/)|\/__generated__\//;
const listFiles = (...patterns: readonly string[]): readonly string[] =>
  patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !GENERATED.test(path));

interface Line {
  readonly at: string;
  readonly text: string;
}

const linesOf = (path: string): readonly Line[] =>
  readFileSync(new URL(path, root), "utf8")
    .split("\n")
    .map((text, index) => ({ at: `${path}:${index + 1}`, text }));

const CODE = ["{src,test,scripts,bench,examples,bin}/**/*.{ts,js}", "*.ts"];
const MARKDOWN = ["*.md", "{docs,examples}/**/*.md"];

/** A table row and a URL cannot be broken. */
const isUnbreakable = (text: string): boolean => text.trimStart().startsWith("|") || /https?:\/\//.test(text);

test(`lines of code, comments and Markdown have at most ${MAX_COLUMNS} characters, except tables and URLs`, () => {
  const long = listFiles(...CODE, ...MARKDOWN)
    .flatMap(linesOf)
    .filter(({ text }) => text.length > MAX_COLUMNS && !isUnbreakable(text))
    .map(({ at, text }) => `${at} has ${text.length}`);
  expect(long).toEqual([]);
});

test("code, documentation and the schema use no private words", () => {
  const found = listFiles("src/**/*.ts", "docs/**/*.md", "README.md", "schema.graphql", "subgraph.graphql")
    .flatMap(linesOf)
    .flatMap(({ at, text }) => {
      const [word] = PRIVATE_WORDS.exec(text.replaceAll(ALLOWED, "")) ?? [];
      return word === undefined ? [] : [`${at} says "${word}"`];
    });
  expect(found).toEqual([]);
});

test("files that the documentation names exist", () => {
  const missing = listFiles(...MARKDOWN)
    .flatMap(linesOf)
    .flatMap(({ at, text }) =>
      [...text.matchAll(/`((?:src|test|scripts|bench|examples|docs|bin)\/[\w./-]*)`/g)]
        .filter(([, path = ""]) => !existsSync(new URL(path, root)))
        .map(([, path]) => `${at} names ${path}`),
    );
  expect(missing).toEqual([]);
});

test("docs/decisions/README.md lists every decision", () => {
  const index = readFileSync(new URL("docs/decisions/README.md", root), "utf8");
  const pages = globSync("docs/decisions/0*.md", { cwd: root }).map((path) => path.split(/[\\/]/).at(-1) ?? "");
  expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
});

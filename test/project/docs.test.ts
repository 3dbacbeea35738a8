import { globSync, readFileSync } from "node:fs";
import { isEnumType, isObjectType } from "graphql";
import { expect, test } from "vitest";
import { closeCodeTable, errorTable, userErrorTable } from "../../scripts/error-tables.ts";
import { scopeTable } from "../../scripts/scope-table.ts";
import { ERROR_CODES } from "../../src/error-codes.ts";
import { USER_ERROR_CODES } from "../../src/schema/command/user-error-codes.ts";
import { buildSchema } from "../../src/schema/index.ts";

const root = new URL("../..", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const schema = buildSchema();

const valuesOf = (name: string): string[] => {
  const type = schema.getType(name);
  return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
};

/** The source of everything that can produce an error for a client. */
const sources = globSync("src/{gateway,commands,schema,server,app}/**/*.ts", { cwd: root }).map(read);

/** How an error gets its code: a member of its extensions, an argument of what builds it, or what the gateway's status means. */
const PRODUCING = [
  /(?<!readonly )\bcode: "([A-Z_]+)"/g,
  /\b(?:withCode|rejection|sendGraphQLError|GatewayError)\([^;]*?"([A-Z_]+)"/g,
  /(?:return|[?:]) "(UPSTREAM_[A-Z_]+)"/g,
];
const producedIn = (text: string): string[] =>
  PRODUCING.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code]) => code ?? ""));

/** The executor of Yoga produces it: no source of this project names it. */
const OF_YOGA = ["OPERATION_RESOLUTION_FAILURE"];

const produced = new Set([...sources.flatMap(producedIn), ...OF_YOGA]);

test("every code that the sources produce is in a table of error codes", () => {
  const known = new Set([...Object.keys(ERROR_CODES), ...Object.keys(USER_ERROR_CODES)]);
  expect([...produced].filter((code) => !known.has(code))).toEqual([]);
});

test("the sources produce every code of the tables", () => {
  const codes = [...Object.keys(ERROR_CODES), ...Object.keys(USER_ERROR_CODES)];
  expect(codes.filter((code) => !produced.has(code))).toEqual([]);
});

test("docs/errors.md holds the tables of error codes; if it does not, run `npm run generate`", () => {
  const text = read("docs/errors.md");
  expect(text).toContain(`<!-- error-codes -->\n${errorTable()}\n<!-- /error-codes -->`);
  expect(text).toContain(`<!-- user-error-codes -->\n${userErrorTable()}\n<!-- /user-error-codes -->`);
});

test("docs/events.md holds the table of close codes; if it does not, run `npm run generate`", () => {
  expect(read("docs/events.md")).toContain(`<!-- close-codes -->\n${closeCodeTable()}\n<!-- /close-codes -->`);
});

test("docs/access.md holds the table of scopes; if it does not, run `npm run generate`", () => {
  expect(read("docs/access.md")).toContain(`<!-- scopes -->\n${scopeTable(schema)}\n<!-- /scopes -->`);
});

test("the table of codes of userErrors has the values of UserErrorCode and types of the schema", () => {
  expect(Object.keys(USER_ERROR_CODES).toSorted()).toEqual(valuesOf("UserErrorCode").toSorted());
  const types = Object.values(USER_ERROR_CODES).map(({ type }) => type);
  expect(types.filter((name) => !isObjectType(schema.getType(name)))).toEqual([]);
});

test("every error code has a meaning and a next step in full sentences, and valid HTTP statuses", () => {
  for (const [code, { statuses, meaning, next }] of Object.entries(ERROR_CODES)) {
    for (const sentence of [meaning, next]) expect(sentence, code).toMatch(/^[A-Z].*\.$/);
    for (const status of statuses)
      expect([200, 400, 401, 403, 405, 406, 409, 413, 415, 429, 500, 502, 503]).toContain(status);
  }
});

test("docs/operating.md names messages of the log as they are written", () => {
  const section = /^Alert on these messages.*$/ms.exec(read("docs/operating.md"))?.[0] ?? "";
  const [beginnings, whole] = ["what begins with", "`"].map((start) =>
    section
      .split("\n")
      .filter((line) => line.startsWith(`| ${start}`))
      .flatMap((line) => [...(line.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message)),
  );
  const texts = globSync("src/**/*.ts", { cwd: root }).map(read).join("\n");
  expect(whole?.filter((message) => !texts.includes(`"${message}"`))).toEqual([]);
  expect(beginnings?.filter((message) => !texts.includes(`"${message}`) && !texts.includes(`\`${message}`))).toEqual(
    [],
  );
});

test("docs/commands.md explains every status of a command", () => {
  const explained = [...read("docs/commands.md").matchAll(/^\| `([A-Z]+)`/gm)].map(([, status]) => status ?? "");
  expect(explained.toSorted()).toEqual(valuesOf("CommandStatus").toSorted());
});

test("every link in the docs leads to a file", () => {
  for (const path of ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root })]) {
    const text = read(path);
    const base = new URL(path, root);
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(() => readFileSync(new URL(target, base)), `${path} -> ${target}`).not.toThrow(/ENOENT/);
    }
  }
});

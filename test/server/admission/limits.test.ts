import { getIntrospectionQuery, parse } from "graphql";
import { expect, test } from "vitest";
import { LIMITS, limitErrors } from "../../../src/server/admission/limits.ts";
import { fragmentsOf } from "../../../src/server/admission/selections.ts";
import { startTestServer } from "../../kit/server/harness.ts";

const limits = { tokens: 1_000, nesting: 50, depth: 4, aliases: 5, commands: 2, selections: 100 };
const errorsOf = (query: string, within = limits) => {
  const document = parse(query);
  return limitErrors(document, fragmentsOf(document), within);
};
const messages = (query: string) => errorsOf(query).map(({ message }) => message);
const nested = (levels: number) => "{ a ".repeat(levels) + "}".repeat(levels);
const aliases = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: b`).join(" ");

test("a document may be as deep as the limit", () => {
  expect(messages(nested(4))).toEqual([]);
  expect(messages(nested(5))).toEqual(["At most 4 levels of fields are allowed; received 5."]);
});

test("fragments count towards the depth", () => {
  expect(messages("{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { c { d } }")).toEqual([]);
  expect(messages("{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { c { d { e } } }")).toHaveLength(1);
  expect(messages("{ a { ... on T { b { ... { c { d { e } } } } } } }")).toHaveLength(1);
});

test("aliases are counted each time their fragment is spread", () => {
  expect(messages(`{ ${aliases(5)} }`)).toEqual([]);
  expect(messages(`{ ${aliases(6)} }`)).toEqual(["At most 5 aliases are allowed; received 6."]);
  expect(messages("{ a { ...F } b { ...F } c { ...F } } fragment F on T { x: y z: y }")).toEqual([
    "At most 5 aliases are allowed; received 6.",
  ]);
});

test("the root fields of a mutation are limited, those of a query are not", () => {
  expect(messages("mutation { a b }")).toEqual([]);
  expect(messages("mutation { a b c }")).toEqual(["At most 2 fields in one mutation are allowed; received 3."]);
  expect(messages("mutation { a ...F } fragment F on Mutation { b ... { c } }")).toHaveLength(1);
  expect(messages("{ a b c }")).toEqual([]);
});

test("each operation is measured on its own", () => {
  expect(messages(`query A ${nested(4)} query B { ${aliases(5)} } mutation C { a b }`)).toEqual([]);
});

test("a fragment that spreads itself is left to validation", () => {
  expect(messages("{ ...F } fragment F on T { a { ...G } } fragment G on T { b { ...F } }")).toEqual([]);
});

test("a fragment bomb is measured quickly", () => {
  const bomb = Array.from(
    { length: 60 },
    (_, level) => `fragment F${level} on T { x: y ...F${level + 1} ...F${level + 1} }`,
  );
  const start = performance.now();
  expect(messages(`{ ...F0 } ${bomb.join(" ")} fragment F60 on T { x: y }`)).toEqual([
    "At most 5 aliases are allowed; received 1000000000.",
    "At most 100 fields are allowed; received 1000000000.",
  ]);
  expect(performance.now() - start).toBeLessThan(500);
});

test("fields are counted each time their fragment is spread, also without aliases", () => {
  const fields = Array.from({ length: 10 }, (_, index) => `f${index}`).join(" ");
  const spread = (times: number) => `{ ${"...F ".repeat(times)} } fragment F on T { ${fields} }`;
  expect(messages(spread(10))).toEqual([]);
  expect(messages(spread(11))).toEqual(["At most 100 fields are allowed; received 110."]);
});

test("introspection does not count towards the depth", () => {
  expect(errorsOf(getIntrospectionQuery(), LIMITS)).toEqual([]);
});

const rejectionOf = async (query: string): Promise<readonly [number, readonly string[], number]> => {
  const { post, contexts } = await startTestServer();
  const response = await post({ query });
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return [response.status, errors.map(({ extensions }) => extensions.code), contexts.length];
};

test.each([
  ["101 aliases", `{ ${aliases(101).replaceAll(": b", ": __typename")} }`, 1],
  ["a depth beyond the limit", `{ ${"thing { ".repeat(13)} name ${"}".repeat(13)} }`, 1],
  ["six commands", `mutation { ${Array.from({ length: 6 }, (_, index) => `c${index}: open`).join(" ")} }`, 1],
  ["ten unknown directives", `{ hello ${Array.from({ length: 10 }, (_, index) => `@d${index}`).join(" ")} }`, 5],
  [
    "circular fragments",
    "{ thing { ...A } } fragment A on Thing { thing { ...B } } fragment B on Thing { thing { ...A } }",
    1,
  ],
])("%s: rejected before anything is executed", async (_, query, count) => {
  expect(await rejectionOf(query)).toEqual([400, Array.from({ length: count }, () => "GRAPHQL_VALIDATION_FAILED"), 0]);
});

test.each([
  ["a hundred thousand open braces", "{a".repeat(100_000)],
  ["a million tokens", `{ ${"a ".repeat(1_000_000)} }`],
  ["a hundred thousand directives", `{ hello ${"@skip(if: true) ".repeat(100_000)} }`],
  ["ten thousand aliases", `{ ${aliases(10_000).replaceAll(": b", ": hello")} }`],
  ["a list a hundred thousand levels deep", `{ hello(name: ${"[".repeat(100_000)}`],
])("%s: rejected by the parser", async (_, query) => {
  expect(await rejectionOf(query)).toEqual([400, ["GRAPHQL_PARSE_FAILED"], 0]);
});

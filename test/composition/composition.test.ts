import { readFileSync } from "node:fs";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { isObjectType, isUnionType, parse } from "graphql";
import { expect, test } from "vitest";
import { FACILITIES } from "../../examples/supergraph/facilities.ts";
import { HR } from "../../examples/supergraph/hr.ts";
import { subgraphSdl } from "../../src/schema/federation/sdl.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { type ComposerName, COMPOSERS, fieldsOf, type Part } from "./composers.ts";
import { NEIGHBOURS } from "./neighbours.ts";
import { rowsBelow, verdictOf } from "./verdict.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const schema = buildSchema();
/** Of the query: a router has its own. */
const NOT_COMPOSED: ReadonlySet<string> = new Set(["node", "nodes", "_entities", "_service"]);

const portico: Part = { name: "portico", sdl: read("schema.graphql") };
const scoped: Part = { name: "portico", sdl: subgraphSdl(schema, { scopes: true }) };
const prefixed: Part = { name: "portico", sdl: subgraphSdl(buildSchema({ typePrefix: "Biometric" })) };
const names = Object.keys(COMPOSERS) as readonly ComposerName[];
const ENTITIES = ["Command", "Device", "Door", "Punch", "User"];

const supergraphOf = (composer: ComposerName, parts: readonly Part[]) => {
  const composed = COMPOSERS[composer](parts);
  if ("faults" in composed) throw new Error(composed.faults.join("\n"));
  return composed.supergraph;
};

test.each([
  ["as it is", portico],
  ["with its scopes", scoped],
])("Apollo takes the subgraph %s for a valid one", (_how, { sdl }) => {
  const subgraph = buildSubgraphSchema(parse(sdl));
  const entities = subgraph.getType("_Entity");
  expect(isUnionType(entities) ? entities.getTypes().map(String).toSorted() : []).toEqual(ENTITIES);
  expect(subgraph.getQueryType()?.getFields()).toHaveProperty("_service");
});

test.each(names)("%s makes a supergraph of Portico alone, with all of its fields but those of clients", (composer) => {
  const supergraph = supergraphOf(composer, [portico]);
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    if (type.name.startsWith("_")) continue;
    const own = Object.keys(type.getFields()).filter((name) => type.name !== "Query" || !NOT_COMPOSED.has(name));
    expect(fieldsOf(supergraph, type.name), type.name).toEqual(expect.arrayContaining(own));
  }
});

test.each(names)("%s joins people, doors and punches with what other subgraphs know of them", (composer) => {
  const supergraph = supergraphOf(composer, [portico, HR, FACILITIES]);
  expect(fieldsOf(supergraph, "User")).toEqual(expect.arrayContaining(["punches", "employee", "badge"]));
  expect(fieldsOf(supergraph, "Door")).toEqual(expect.arrayContaining(["state", "building", "floor"]));
  expect(fieldsOf(supergraph, "Punch")).toEqual(expect.arrayContaining(["device", "late"]));
  expect(fieldsOf(supergraph, "Query")).toEqual(expect.arrayContaining(["departments", "buildings", "punches"]));
  expect(fieldsOf(supergraph, "Query")).not.toContain("node");
});

test.each(names)("%s takes Portico's scopes along, and who requires a field has to repeat its scopes", (composer) => {
  const strict = composer === "Cosmo" ? "composes" : "`MISSING_TRANSITIVE_AUTH_REQUIREMENTS`";
  expect(verdictOf(composer, [scoped, HR, FACILITIES])).toBe(strict);
  const sdl = HR.sdl
    .replace(`"@requires"`, `"@requires", "@requiresScopes"`)
    .replace(`@requires(fields: "name")`, `$& @requiresScopes(scopes: [["users:read"]])`);
  const supergraph = supergraphOf(composer, [scoped, { name: "hr", sdl }, FACILITIES]);
  expect(fieldsOf(supergraph, "User")).toEqual(expect.arrayContaining(["punches", "badge"]));
});

test("docs/federation.md tells for every neighbour and every composer whether they go together", {
  timeout: 90_000,
}, () => {
  const told = rowsBelow(read("docs/federation.md"), "Neighbors");
  const found = Object.entries(NEIGHBOURS).map(([name, sdl]) => {
    const neighbour = { name: "neighbour", sdl };
    const bare = names.map((composer) => verdictOf(composer, [portico, neighbour]));
    return [name, ...bare, verdictOf("Guild", [prefixed, neighbour])];
  });
  expect(told).toEqual(found);
});

test.each(names)("with a prefix %s leaves the types of others alone", (composer) => {
  const sdl = NEIGHBOURS["an interface `UserError` of its own"];
  const supergraph = supergraphOf(composer, [prefixed, { name: "neighbour", sdl }]);
  expect(fieldsOf(supergraph, "InputError")).toEqual(["field", "text"]);
  expect(fieldsOf(supergraph, "BiometricGatewayInputError")).toEqual(["code", "message", "path"]);
});

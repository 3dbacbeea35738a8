import { readFileSync } from "node:fs";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { isObjectType, isUnionType, parse } from "graphql";
import { expect, test } from "vitest";
import { FACILITIES } from "../../examples/supergraph/facilities.ts";
import { HR } from "../../examples/supergraph/hr.ts";
import { subgraphSdl } from "../../src/schema/federation/sdl.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { type ComposerName, COMPOSERS, fieldsOf, type SubgraphSource } from "./composers.ts";
import { NEIGHBORS } from "./neighbors.ts";
import { rowsBelow, compositionVerdict } from "./verdict.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const schema = buildSchema();
/** Fields of Query that a router provides itself. */
const NOT_COMPOSED: ReadonlySet<string> = new Set(["node", "nodes", "_entities", "_service"]);

const portico: SubgraphSource = { name: "portico", sdl: read("subgraph.graphql") };
const scoped: SubgraphSource = { name: "portico", sdl: subgraphSdl(schema, { scopes: true }) };
const prefixed: SubgraphSource = { name: "portico", sdl: subgraphSdl(buildSchema({ typePrefix: "Biometric" })) };
const names = Object.keys(COMPOSERS) as readonly ComposerName[];
const ENTITIES = ["Command", "Device", "Door", "Punch", "User"];

const supergraphOf = (composer: ComposerName, parts: readonly SubgraphSource[]) => {
  const composed = COMPOSERS[composer](parts);
  if ("faults" in composed) throw new Error(composed.faults.join("\n"));
  return composed.supergraph;
};

test.each([
  ["without options", portico],
  ["with scopes", scoped],
])("Apollo accepts the subgraph %s as valid", (_how, { sdl }) => {
  const subgraph = buildSubgraphSchema(parse(sdl));
  const entities = subgraph.getType("_Entity");
  expect(isUnionType(entities) ? entities.getTypes().map(String).toSorted() : []).toEqual(ENTITIES);
  expect(subgraph.getQueryType()?.getFields()).toHaveProperty("_service");
});

test.each(names)(
  "%s composes Portico alone into a supergraph with all fields except those that routers provide",
  (composer) => {
    const supergraph = supergraphOf(composer, [portico]);
    for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
      if (type.name.startsWith("_")) continue;
      const own = Object.keys(type.getFields()).filter((name) => type.name !== "Query" || !NOT_COMPOSED.has(name));
      expect(fieldsOf(supergraph, type.name), type.name).toEqual(expect.arrayContaining(own));
    }
  },
);

test.each(names)("%s joins users, doors and punches with the fields of other subgraphs", (composer) => {
  const supergraph = supergraphOf(composer, [portico, HR, FACILITIES]);
  expect(fieldsOf(supergraph, "User")).toEqual(expect.arrayContaining(["punches", "employee", "badge"]));
  expect(fieldsOf(supergraph, "Door")).toEqual(expect.arrayContaining(["state", "building", "floor"]));
  expect(fieldsOf(supergraph, "Punch")).toEqual(expect.arrayContaining(["device", "late"]));
  expect(fieldsOf(supergraph, "Query")).toEqual(expect.arrayContaining(["departments", "buildings", "punches"]));
  expect(fieldsOf(supergraph, "Query")).not.toContain("node");
});

test.each(names)("%s keeps Portico's scopes; a subgraph that requires a field must repeat its scopes", (composer) => {
  const strict = composer === "Cosmo" ? "composes" : "`MISSING_TRANSITIVE_AUTH_REQUIREMENTS`";
  expect(compositionVerdict(composer, [scoped, HR, FACILITIES])).toBe(strict);
  const sdl = HR.sdl
    .replace(`"@requires"`, `"@requires", "@requiresScopes"`)
    .replace(`@requires(fields: "name")`, `$& @requiresScopes(scopes: [["users:read"]])`);
  const supergraph = supergraphOf(composer, [scoped, { name: "hr", sdl }, FACILITIES]);
  expect(fieldsOf(supergraph, "User")).toEqual(expect.arrayContaining(["punches", "badge"]));
});

test("docs/federation.md documents for every neighbor and every composer whether they compose", {
  timeout: 90_000,
}, () => {
  const documented = rowsBelow(read("docs/federation.md"), "Neighbors");
  const found = Object.entries(NEIGHBORS).map(([name, sdl]) => {
    const neighbor = { name: "neighbor", sdl };
    const bare = names.map((composer) => compositionVerdict(composer, [portico, neighbor]));
    return [name, ...bare, compositionVerdict("Guild", [prefixed, neighbor])];
  });
  expect(documented).toEqual(found);
});

test("docs/federation.md names the versions of the composers", () => {
  const { devDependencies } = JSON.parse(read("package.json")) as { devDependencies: Record<string, string> };
  const text = read("docs/federation.md").replaceAll("\n", " ");
  for (const name of ["@apollo/composition", "@theguild/federation-composition", "@wundergraph/composition"]) {
    expect(text).toContain(`\`${name}\` ${devDependencies[name]}`);
  }
});

test.each(names)("with a type prefix, %s leaves the types of other subgraphs unchanged", (composer) => {
  const sdl = NEIGHBORS["an interface `UserError` of its own"];
  const supergraph = supergraphOf(composer, [prefixed, { name: "neighbor", sdl }]);
  expect(fieldsOf(supergraph, "InputError")).toEqual(["field", "text"]);
  expect(fieldsOf(supergraph, "BiometricGatewayInputError")).toEqual(["code", "message", "path"]);
});

import { readFileSync } from "node:fs";
import {
  getNamedType,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from "graphql";
import { expect, test } from "vitest";
import { homesOf } from "../../scripts/homes.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { startPortico } from "../kit/portico/app.ts";

const schema = buildSchema();

const described = (): [place: string, description: string | null | undefined][] =>
  Object.values(schema.getTypeMap()).flatMap((type): [string, string | null | undefined][] => {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) return [];
    const own: [string, string | null | undefined] = [type.name, type.description];
    if (isEnumType(type))
      return [
        own,
        ...type
          .getValues()
          .map((value): [string, string | null | undefined] => [`${type.name}.${value.name}`, value.description]),
      ];
    if (isInputObjectType(type))
      return [
        own,
        ...Object.values(type.getFields()).map((field): [string, string | null | undefined] => [
          `${type.name}.${field.name}`,
          field.description,
        ]),
      ];
    if (!isObjectType(type) && !isInterfaceType(type)) return [own];
    return [
      own,
      ...Object.values(type.getFields()).flatMap((field): [string, string | null | undefined][] => [
        [`${type.name}.${field.name}`, field.description],
        ...field.args.map((arg): [string, string | null | undefined] => [
          `${type.name}.${field.name}(${arg.name}:)`,
          arg.description,
        ]),
      ]),
    ];
  });

test("every element of the schema is described", () => {
  const all = described();
  expect(all.length).toBeGreaterThan(500);
  expect(all.filter(([, description]) => !description).map(([place]) => place)).toEqual([]);
});

test("every operation has exactly one home, and the README tells it", () => {
  const homes = homesOf(schema);
  expect(homes).toHaveLength(38);
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  for (const { operation, home } of homes) {
    expect(home, operation).toBeDefined();
    expect(readme).toContain(`\`${operation}\` | \`${home}\``);
  }
});

test("credentials go in and never come out: no output field is Base64Input", () => {
  const outputs = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  const leaks = outputs.flatMap((type) =>
    Object.values(type.getFields()).filter((field) => getNamedType(field.type).name === "Base64Input"),
  );
  expect(leaks).toEqual([]);
});

test("global ids lead back to their object", async () => {
  const portico = await startPortico();
  interface Ids {
    readonly device: { readonly id: string };
    readonly user: { readonly id: string };
    readonly door: { readonly id: string };
    readonly punches: { readonly nodes: readonly { readonly id: string }[] };
  }
  const { data } = await portico.ask<Ids, object>(`{
    device(serialNumber: "SN7A2300583") { id }
    user(employeeCode: "1042") { id }
    door(serialNumber: "SN7A2300583") { id }
    punches(from: "2026-06-19T00:00:00", to: "2026-06-20T00:00:00", first: 40) { nodes { id } }
  }`);
  const ids = [data.device.id, data.user.id, data.door.id, ...data.punches.nodes.map(({ id }) => id)];
  portico.upstream();
  const again = await portico.ask<{ nodes: { id: string }[] }, object>(
    `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Punch { localTime user { employeeCode } } } }`,
    { ids: [...ids, "bm9uc2Vuc2U"] },
  );
  expect(again.errors).toBeUndefined();
  expect(again.data.nodes.map((node) => node?.id)).toEqual([...ids, undefined]);
});

test("nothing that a subscription reaches tells who is calling: it is rendered once for all of the same rights", () => {
  const reached = new Set<string>();
  const reach = (type: GraphQLNamedType) => {
    if (reached.has(type.name)) return;
    reached.add(type.name);
    if (isInterfaceType(type) || isUnionType(type)) schema.getPossibleTypes(type).forEach(reach);
    if (!isInterfaceType(type) && !isObjectType(type)) return;
    for (const { type: returned } of Object.values(type.getFields())) reach(getNamedType(returned));
  };
  reach(schema.getSubscriptionType() ?? expect.unreachable());
  expect(reached).toContain("PunchAdded");
  expect(reached).not.toContain("GatewayViewer");
});

import { readFileSync } from "node:fs";
import { getNamedType, type GraphQLNamedType, isInterfaceType, isObjectType, isUnionType } from "graphql";
import { expect, test } from "vitest";
import { homesOf } from "../../scripts/homes.ts";
import { EventName } from "../../src/contract/events.ts";
import { OPERATION_NAMES } from "../../src/contract/operations.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { startPortico } from "../kit/portico/app.ts";

const schema = buildSchema();

test("every operation has exactly one home, and the README lists it", () => {
  const homes = homesOf(schema);
  const names = homes.map(({ operation }) => operation);
  expect(names.toSorted()).toEqual([...OPERATION_NAMES, ...EventName.values].toSorted());
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  for (const { operation, home } of homes) {
    expect(home, operation).toBeDefined();
    expect(readme).toContain(`\`${operation}\` | \`${home}\``);
  }
});

test("credentials are input only: no output field is Base64Input", () => {
  const outputs = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  const leaks = outputs.flatMap((type) =>
    Object.values(type.getFields()).filter((field) => getNamedType(field.type).name === "Base64Input"),
  );
  expect(leaks).toEqual([]);
});

test("a global ID resolves to its object", async () => {
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

test("no type that a subscription reaches identifies the caller: an event is rendered once for all callers with the same rights", () => {
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

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

test("a command, an access event and a migration are nodes", async () => {
  const portico = await startPortico();
  interface Sent {
    readonly openDoor: { readonly command: { readonly id: string } };
    readonly copyUsers: { readonly migration: { readonly id: string } };
  }
  const sent = await portico.ask<Sent, object>(`mutation {
    openDoor(input: { serialNumber: "SN7A2300583" }) { command { id } }
    copyUsers(input: {
      sourceSerialNumber: "SN7A2300583", targetSerialNumbers: ["SN7A2300584"], employeeCodes: ["1042"]
    }) { migration { id } }
  }`);
  interface Read {
    readonly accessEvents: { readonly nodes: readonly { readonly id: string }[] };
  }
  const read = await portico.ask<Read, object>(`{
    accessEvents(from: "2026-06-19T00:00:00", to: "2026-06-22T00:00:00", first: 20) { nodes { id localTime kind } }
  }`);
  const events = read.data.accessEvents.nodes;
  expect(events).toHaveLength(20);
  const ids = [sent.data.openDoor.command.id, sent.data.copyUsers.migration.id, ...events.map(({ id }) => id)];
  const unknown = Buffer.from("AccessEvent:SN7A2300583/2026-06-19 09:00:00/nothing").toString("base64url");
  const { data, errors } = await portico.ask<{ nodes: unknown[] }, object>(
    `query ($ids: [ID!]!) {
      nodes(ids: $ids) {
        __typename
        id
        ... on Command { does: kind }
        ... on DeviceMigration { source { serialNumber } }
        ... on AccessEvent { localTime kind }
      }
    }`,
    { ids: [...ids, unknown] },
  );
  expect(errors).toBeUndefined();
  expect(data.nodes).toEqual([
    { __typename: "Command", id: ids[0], does: "OPEN_DOOR" },
    { __typename: "DeviceMigration", id: ids[1], source: { serialNumber: "SN7A2300583" } },
    ...events.map((event) => ({ __typename: "AccessEvent", ...event })),
    null,
  ]);
});

test("objects without a node have an ID for caches, which is equal only for the same values", async () => {
  const portico = await startPortico();
  const period = `from: "2026-06-01", to: "2026-06-19"`;
  interface Days {
    readonly nodes: readonly { readonly id: string }[];
  }
  interface Read {
    readonly user: {
      readonly credentials: readonly { readonly id: string }[];
      readonly devices: { readonly edges: readonly { readonly enrollment: { readonly id: string } }[] };
      readonly firstLast: Days;
      readonly again: Days;
      readonly actual: Days;
    };
    readonly attendanceDays: Days;
    readonly device: {
      readonly users: { readonly edges: readonly { readonly enrollment: { readonly id: string } }[] };
    };
  }
  const { data, errors } = await portico.ask<Read, object>(`{
    user(employeeCode: "1042") {
      credentials { id }
      devices { edges { enrollment { id } } }
      firstLast: attendanceDays(${period}) { nodes { id workedMinutes } }
      again: attendanceDays(${period}, strategy: FIRST_LAST) { nodes { id workedMinutes } }
      actual: attendanceDays(${period}, strategy: ACTUAL) { nodes { id workedMinutes } }
    }
    attendanceDays(${period}, employeeCodes: ["1042"]) { nodes { id workedMinutes } }
    device(serialNumber: "SN7A2300583") { users(search: "1042") { edges { enrollment { id } } } }
  }`);
  expect(errors).toBeUndefined();
  const { credentials, devices, firstLast, again, actual } = data.user;
  expect(again).toEqual(firstLast);
  expect(data.attendanceDays).toEqual(firstLast);
  expect(actual.nodes[0]?.id).not.toBe(firstLast.nodes[0]?.id);
  const enrolled = devices.edges.map(({ enrollment }) => enrollment.id);
  expect(enrolled).toContain(data.device.users.edges[0]?.enrollment.id);
  const ids = [
    ...credentials.map(({ id }) => id),
    ...enrolled,
    ...[firstLast, actual].flatMap(({ nodes }) => nodes.map(({ id }) => id)),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  const nodes = await portico.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids });
  expect(nodes.data).toEqual({ nodes: ids.map(() => null) });
});

test("a pending command is read only if more than its ID is selected", async () => {
  const portico = await startPortico();
  const device = [...portico.sandbox.gateway.world.devices.values()].find(
    (each) => !each.online && each.users.size > 0,
  );
  const [employeeCode = ""] = device?.users.keys() ?? [];
  const input = { employeeCode, serialNumbers: [device?.DeviceSN], firstName: "Asha", options: { waitSeconds: 0 } };
  const { data: sent } = await portico.ask<{ updateUser: { commands: { id: string }[] } }, object>(
    `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { commands { id } } }`,
    { input },
  );
  const [command] = sent.updateUser.commands;
  expect(command).toBeDefined();
  const pendingOf = async (selection: string): Promise<unknown> => {
    portico.upstream();
    const { data } = await portico.ask<
      { user: { devices: { edges: { enrollment: { pendingCommand: unknown } }[] } } },
      object
    >(
      `query ($employeeCode: String!) {
      user(employeeCode: $employeeCode) { devices { edges { enrollment { pendingCommand ${selection} } } } }
    }`,
      { employeeCode },
    );
    return data.user.devices.edges.map(({ enrollment }) => enrollment.pendingCommand).find((each) => each !== null);
  };
  expect(await pendingOf("{ id }")).toEqual(command);
  expect(portico.upstream()).not.toContain("GetCommandStatus");
  expect(await pendingOf("{ id kind status }")).toEqual({ ...command, kind: "UPDATE_USER", status: "QUEUED" });
  expect(portico.upstream()).toContain("GetCommandStatus");
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

import { readFileSync } from "node:fs";
import { parse } from "graphql";
import { expect, test } from "vitest";
import { subgraphSdl } from "../../src/schema/federation/sdl.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { startPortico, tally } from "../kit/portico/app.ts";

const committed = readFileSync(new URL("../../subgraph.graphql", import.meta.url), "utf8");

type Entity = Readonly<Record<string, unknown>> | null;

interface Entities {
  readonly _entities: readonly Entity[];
}

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Device { serialNumber name }
    ... on User { employeeCode name }
    ... on Door { number state device { serialNumber } }
    ... on Punch { id user { employeeCode } }
    ... on Command { id status }
  }
}`;

const device = (serialNumber: string) => ({ __typename: "Device", serialNumber });
const user = (employeeCode: string) => ({ __typename: "User", employeeCode });

test("_service returns the committed subgraph schema", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ _service: { sdl: string } }, object>("{ _service { sdl } }");
  expect(data._service.sdl).toBe(committed);
});

test("the subgraph schema has neither fields that two subgraphs cannot share nor names that routers add themselves", () => {
  for (const name of ["node(", "nodes(", "_entities", "_service", "_Any", "@requiresScopes", "@authenticated"]) {
    expect(committed).not.toContain(name);
  }
});

test("the option `scopes` prints the scopes and changes nothing else", () => {
  const scoped = subgraphSdl(buildSchema(), { scopes: true });
  expect(scoped).toContain('@requiresScopes(scopes: [["users:write", "credentials:write"]])');
  const unscoped = scoped
    .replaceAll(/ @(authenticated|requiresScopes\(.*?\]\]\))/g, "")
    .replaceAll(/"@(authenticated|requiresScopes)",? ?/g, "");
  expect(parse(unscoped, { noLocation: true })).toEqual(parse(committed, { noLocation: true }));
});

test("each form of key resolves to its entity in the order of the references; an unknown key is null", async () => {
  const portico = await startPortico();
  const { data: read } = await portico.ask<{ punches: { nodes: { id: string }[] } }, object>(
    `{ punches(from: "2026-06-19T00:00:00", to: "2026-06-20T00:00:00", first: 1) { nodes { id } } }`,
  );
  const opened = await portico.ask<{ openDoor: { command: { id: string } } }, object>(
    `mutation { openDoor(input: { serialNumber: "SN7A2300583", doorNumber: 1 }) { command { id } } }`,
  );
  const punch = read.punches.nodes[0]?.id;
  const command = opened.data.openDoor.command.id;
  const { data, errors } = await portico.ask<Entities, object>(ENTITIES, {
    representations: [
      user("1042"),
      device("SN7A2300583"),
      { __typename: "Door", number: 1, device: { serialNumber: "SN7A2300583" } },
      { __typename: "Punch", id: punch },
      { __typename: "Command", id: command },
      device("UNKNOWN000001"),
      user("no-such-one"),
      { __typename: "Door", number: 77, device: { serialNumber: "SN7A2300583" } },
      { __typename: "Punch", id: command },
      { __typename: "Command", id: "bm9uc2Vuc2U" },
    ],
  });
  expect(errors).toBeUndefined();
  expect(data._entities).toMatchObject([
    { __typename: "User", employeeCode: "1042" },
    { __typename: "Device", serialNumber: "SN7A2300583" },
    { __typename: "Door", number: 1, device: { serialNumber: "SN7A2300583" } },
    { __typename: "Punch", id: punch },
    { __typename: "Command", id: command },
    ...[null, null, null, null, null].map((entity) => entity as unknown as object),
  ]);
});

test.each([
  ["no type", { serialNumber: "SN7A2300583" }],
  ["a type that is no entity", { __typename: "PageInfo" }],
  ["a type that does not exist", { __typename: "Nonsense", id: "1" }],
  ["another key", { __typename: "Device", id: "RGV2aWNlOlNON0EyMzAwNTgz" }],
  ["a number for a string", { __typename: "User", employeeCode: 1042 }],
  ["half a key", { __typename: "Door", number: 1 }],
  ["a string", "Device"],
])("a reference with %s fails without affecting the others", async (_description, invalid) => {
  const portico = await startPortico();
  const { data, errors } = await portico.ask<Entities, object>(ENTITIES, {
    representations: [device("SN7A2300583"), invalid, device("SN7A2300583")],
  });
  expect(data._entities.map((entity) => entity?.["serialNumber"])).toEqual(["SN7A2300583", undefined, "SN7A2300583"]);
  expect(errors).toMatchObject([{ path: ["_entities", 1], extensions: { code: "BAD_USER_INPUT" } }]);
});

test("the references of one request are read in the same batches as one query", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ devices: { nodes: { serialNumber: string }[] } }, object>(
    "{ devices { nodes { serialNumber } } }",
  );
  const serials = data.devices.nodes.map(({ serialNumber }) => serialNumber);
  expect(serials.length).toBeGreaterThan(4);
  portico.upstream();
  const all = await portico.ask<Entities, object>(
    `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on Device { name status health { queueDepth } } }
    }`,
    { representations: [...serials, ...serials, ...serials].map(device) },
  );
  expect(all.data._entities).toHaveLength(serials.length * 3);
  expect(tally(portico.upstream())).toEqual({ ListDevices: 1, CheckDeviceHealth: 1 });
});

test("a person is looked up only if the selection needs the record", async () => {
  const portico = await startPortico();
  const period = `from: "2026-06-19T00:00:00", to: "2026-06-20T00:00:00"`;
  const ask = (selection: string) =>
    portico.ask<Entities, object>(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on Device { name } ... on User { ${selection} } }
      }`,
      { representations: [user("1042")] },
    );
  await ask(`employeeCode punches(${period}) { nodes { id } }`);
  expect(tally(portico.upstream())).toEqual({ GetAttendanceByEmployee: 1 });
  await ask(`employeeCode name @skip(if: true) ... @include(if: false) { role } punches(${period}) { nodes { id } }`);
  expect(tally(portico.upstream())).toEqual({ GetAttendanceByEmployee: 1 });
  await ask("employeeCode");
  expect(tally(portico.upstream())).toEqual({ FindUser: 1 });
});

test("more references than the maximum are rejected without a call", async () => {
  const portico = await startPortico();
  const { errors } = await portico.ask<Entities, object>(ENTITIES, {
    representations: Array.from({ length: 1_001 }, (_, index) => device(`SN${index + 1_000_000}`)),
  });
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument: "representations" } }]);
  expect(portico.upstream()).toEqual([]);
});

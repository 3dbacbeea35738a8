import { isSpecifiedScalarType, parse } from "graphql";
import { expect, test } from "vitest";
import { subgraphSdl } from "../../src/schema/federation/sdl.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { startPortico, tally, type TestApp } from "../kit/portico/app.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";

const START = { SUBGRAPH_TYPE_PREFIX: "Biometric" };
const ROOTS: ReadonlySet<string> = new Set(["Query", "Mutation", "Subscription"]);

const sdlOf = async (portico: TestApp): Promise<string> =>
  (await portico.ask<{ _service: { sdl: string } }, object>("{ _service { sdl } }")).data._service.sdl;

test("SUBGRAPH_SCOPES prints the scopes for routers", async () => {
  const portico = await startPortico({}, { SUBGRAPH_SCOPES: "on" });
  const sdl = await sdlOf(portico);
  expect(sdl).toContain("@requiresScopes");
  expect(sdl).toBe(subgraphSdl(buildSchema(), { scopes: true }));
});

test("SUBGRAPH_TYPE_PREFIX prefixes every type name and changes nothing else in the subgraph schema", async () => {
  const portico = await startPortico({}, START);
  const sdl = await sdlOf(portico);
  const bare = sdl.replaceAll(/\bBiometric(?=[A-Z])/g, "");
  expect(sdl).not.toBe(bare);
  const sorted = (text: string) =>
    parse(text, { noLocation: true }).definitions.toSorted((a, b) =>
      JSON.stringify(a).localeCompare(JSON.stringify(b)),
    );
  expect(sorted(bare)).toEqual(sorted(subgraphSdl(buildSchema())));
});

test("every type has the prefix but root types, standard scalars and types of federation", () => {
  const types = Object.values(buildSchema({ typePrefix: "Biometric" }).getTypeMap());
  const bare = types.filter(({ name }) => !name.startsWith("Biometric") && !name.startsWith("_"));
  expect(bare.filter((type) => !isSpecifiedScalarType(type) && !ROOTS.has(type.name))).toEqual([]);
  expect(types.length).toBe(Object.keys(buildSchema().getTypeMap()).length);
});

test("introspection returns the types with the prefix", async () => {
  const portico = await startPortico({}, START);
  const { data } = await portico.ask<{ __type: { possibleTypes: { name: string }[] } }, object>(
    `{ __type(name: "BiometricNode") { possibleTypes { name } } }`,
  );
  expect(data.__type.possibleTypes.map(({ name }) => name).toSorted()).toEqual(
    ["AccessEvent", "Command", "Device", "DeviceMigration", "Door", "Punch", "User"].map((name) => `Biometric${name}`),
  );
});

test("a reference with the prefix resolves; a reference without it is unknown", async () => {
  const portico = await startPortico({}, START);
  const { data, errors } = await portico.ask<{ _entities: unknown[] }, object>(
    `query ($representations: [_Any!]!) {
      _entities(representations: $representations) {
        __typename
        ... on BiometricDevice { serialNumber }
        ... on BiometricUser { employeeCode }
        ... on BiometricDoor { number }
      }
    }`,
    {
      representations: [
        { __typename: "BiometricDevice", serialNumber: "SN7A2300583" },
        { __typename: "BiometricUser", employeeCode: "1042" },
        {
          __typename: "BiometricDoor",
          number: 1,
          device: { __typename: "BiometricDevice", serialNumber: "SN7A2300583" },
        },
        { __typename: "Device", serialNumber: "SN7A2300583" },
      ],
    },
  );
  expect(data._entities).toEqual([
    { __typename: "BiometricDevice", serialNumber: "SN7A2300583" },
    { __typename: "BiometricUser", employeeCode: "1042" },
    { __typename: "BiometricDoor", number: 1 },
    null,
  ]);
  expect(errors).toMatchObject([{ path: ["_entities", 3], extensions: { code: "BAD_USER_INPUT" } }]);
});

test("a person is not looked up if the selection does not need the record, also with a prefix", async () => {
  const portico = await startPortico({}, START);
  portico.upstream();
  await portico.ask<unknown, object>(
    `query ($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on BiometricDevice { name }
        ... on BiometricUser {
          punches(from: "2026-06-19T00:00:00", to: "2026-06-20T00:00:00") { nodes { id } }
        }
      }
    }`,
    { representations: [{ __typename: "BiometricUser", employeeCode: "1042" }] },
  );
  expect(tally(portico.upstream())).toEqual({ GetAttendanceByEmployee: 1 });
});

test("a global ID resolves to its object, whose type has the prefix", async () => {
  const portico = await startPortico({}, START);
  const { data: read } = await portico.ask<{ device: { id: string } }, object>(
    `{ device(serialNumber: "SN7A2300583") { id } }`,
  );
  const { data } = await portico.ask<{ node: unknown }, object>(
    `query ($id: ID!) { node(id: $id) { __typename ... on BiometricDevice { name } ...Named } }
     fragment Named on BiometricNode { id }`,
    { id: read.device.id },
  );
  expect(data.node).toEqual({ __typename: "BiometricDevice", name: "Main Gate", id: read.device.id });
});

test("user errors and events have types with the prefix", async () => {
  const portico = await startPortico({}, START);
  const { data } = await portico.ask<{ openDoor: { userErrors: unknown } }, object>(
    `mutation ($input: BiometricOpenDoorInput!) {
      openDoor(input: $input) { userErrors { __typename ... on BiometricGatewayNotFoundError { key } } }
    }`,
    { input: { serialNumber: "UNKNOWN000001" } },
  );
  expect(data.openDoor.userErrors).toEqual([{ __typename: "BiometricGatewayNotFoundError", key: "UNKNOWN000001" }]);
  const { events, errors } = subscribeBySocket<{ events: object }>(
    portico.url,
    `subscription { events { __typename ... on BiometricPunchAdded { punch { __typename } } } }`,
  );
  await expect.poll(portico.live.subscribers).toBe(1);
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "1042" });
  await expect.poll(() => events).toHaveLength(1);
  expect(errors).toEqual([]);
  expect(events).toEqual([{ events: { __typename: "BiometricPunchAdded", punch: { __typename: "BiometricPunch" } } }]);
});

test("today's punches take the same calls with a prefix as without", async () => {
  const query = `{ attendanceToday { punches(first: 5) { nodes { id } } } }`;
  const outcomes = await Promise.all(
    [{}, START].map(async (env) => {
      const portico = await startPortico({}, env);
      portico.upstream();
      const { data } = await portico.ask(query);
      return { data, calls: portico.upstream() };
    }),
  );
  expect(outcomes[0]).toEqual(outcomes[1]);
});

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

test("SUBGRAPH_SCOPES tells routers the scopes", async () => {
  const portico = await startPortico({}, { SUBGRAPH_SCOPES: "on" });
  const sdl = await sdlOf(portico);
  expect(sdl).toContain("@requiresScopes");
  expect(sdl).toBe(subgraphSdl(buildSchema(), { scopes: true }));
});

test("SUBGRAPH_TYPE_PREFIX begins every name of a type, and changes nothing else of the subgraph", async () => {
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

test("no type that is reached lacks the prefix but entry points, standard scalars and those of federation", () => {
  const types = Object.values(buildSchema({ typePrefix: "Biometric" }).getTypeMap());
  const bare = types.filter(({ name }) => !name.startsWith("Biometric") && !name.startsWith("_"));
  expect(bare.filter((type) => !isSpecifiedScalarType(type) && !ROOTS.has(type.name))).toEqual([]);
  expect(types.length).toBe(Object.keys(buildSchema().getTypeMap()).length);
});

test("clients are told the types with the prefix", async () => {
  const portico = await startPortico({}, START);
  const { data } = await portico.ask<{ __type: { possibleTypes: { name: string }[] } }, object>(
    `{ __type(name: "BiometricNode") { possibleTypes { name } } }`,
  );
  expect(data.__type.possibleTypes.map(({ name }) => name).toSorted()).toEqual(
    ["Device", "Door", "Punch", "User"].map((name) => `Biometric${name}`),
  );
});

test("entities are named with the prefix, and without it they are unknown", async () => {
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

test("a person whose record is not asked for is not looked up, with a prefix either", async () => {
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

test("a global id leads to its object, whose type has the prefix", async () => {
  const portico = await startPortico({}, START);
  const { data: seen } = await portico.ask<{ device: { id: string } }, object>(
    `{ device(serialNumber: "SN7A2300583") { id } }`,
  );
  const { data } = await portico.ask<{ node: unknown }, object>(
    `query ($id: ID!) { node(id: $id) { __typename ... on BiometricDevice { name } ...Named } }
     fragment Named on BiometricNode { id }`,
    { id: seen.device.id },
  );
  expect(data.node).toEqual({ __typename: "BiometricDevice", name: "Main Gate", id: seen.device.id });
});

test("refusals and events are told by types with the prefix", async () => {
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

test("today's punches are read as they are asked for, with a prefix either", async () => {
  const question = `{ attendanceToday { punches(first: 5) { nodes { id } } } }`;
  const told = await Promise.all(
    [{}, START].map(async (env) => {
      const portico = await startPortico({}, env);
      portico.upstream();
      const { data } = await portico.ask(question);
      return { data, calls: portico.upstream() };
    }),
  );
  expect(told[0]).toEqual(told[1]);
});

import { readFileSync } from "node:fs";
import { GraphQLError, type GraphQLObjectType, isObjectType } from "graphql";
import { describe, expect, test } from "vitest";
import { homesOf } from "../../scripts/homes.ts";
import { EventName } from "../../src/contract/events.ts";
import { OPERATION_NAMES } from "../../src/contract/operations.ts";
import { subgraphSdl } from "../../src/schema/federation/sdl.ts";
import { buildSchema } from "../../src/schema/index.ts";
import { directivesOf, upstreamOf } from "../../src/schema/kernel/directives.ts";
import {
  ANONYMOUS,
  callerKey,
  hasScope,
  idempotencyRecordKey,
  requireScopes,
  rightsOf,
  type Scope,
  SCOPES,
  scopesOf,
  type Viewer,
} from "../../src/schema/kernel/viewer.ts";

const schema = buildSchema();

/** Every field that requires a scope, by the scopes: what a caller may see and do. Fields of other types are below one of these. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "devices:read": {
    Query: "device devices migrations",
    Subscription: "deviceStatusChanged",
    CopyUsersPayload: "migration",
    Device: "health info lastSeenAt licensed licensedUntil migrations model ping status timeZone vendor",
  },
  "devices:manage": { Mutation: "rebootDevice resetDeviceQueue setAccessSchedule syncDeviceTime" },
  "users:read": {
    Query: "user users",
    Subscription: "enrollmentUpdated",
    Device: "users",
    DeviceUserEdge: "enrollment",
    EnrollmentUpdated: "credential enrollment",
    User: "accessScheduleId credentials devices enabled firstName lastName name privileges role updatedAt validFrom validTo",
    UserDeviceEdge: "enrollment",
  },
  "users:write": { Mutation: "addUser addUsers deleteUser resendUser updateUser" },
  "users:write credentials:write": { Mutation: "copyUsers" },
  "credentials:write": { Mutation: "enrollCard enrollFace enrollFingerprint setUserPassword" },
  "attendance:read": {
    Query: "attendanceDays attendanceExport attendanceToday latestPunches punches",
    Subscription: "punchAdded",
    AttendanceDayConnection: "nodes",
    AttendanceDayEdge: "node",
    Device: "punches",
    LatestPunches: "nodes",
    PunchAdded: "punch",
    PunchConnection: "nodes",
    PunchEdge: "node",
    User: "attendanceDays punches",
  },
  "photos:read": { Punch: "photo" },
  "doors:read": {
    Query: "accessEvents door",
    AccessEventConnection: "nodes",
    AccessEventEdge: "node",
    Device: "accessEvents",
    Door: "accessEvents alarm asOf changedAt lock mode sensorPresent state",
  },
  "doors:control": { Mutation: "lockDoor openDoor" },
  "callbacks:manage": { Mutation: "registerCallback" },
};

/** Types that require a scope where an interface or a union hides them. */
const TYPES: Readonly<Record<string, string>> = {
  "devices:read": "DeviceHealth DeviceInfo DeviceMigration DevicePing DeviceStatusChanged",
  "users:read": "Credential Enrollment EnrollmentUpdated",
  "attendance:read": "AttendanceDay AttendanceExport AttendanceToday LatestPunches Punch PunchAdded",
  "photos:read": "PunchPhoto",
  "doors:read": "AccessEvent",
};

const objectTypes: readonly GraphQLObjectType[] = Object.values(schema.getTypeMap()).filter(isObjectType);
const fieldsOf = (type: GraphQLObjectType) =>
  Object.values(type.getFields()).map((field) => ({ path: `${type.name}.${field.name}`, field }));
const guarded = objectTypes.flatMap(fieldsOf).filter(({ field }) => scopesOf(field).length > 0);

const viewerWith = (...scopes: readonly Scope[]): Viewer => ({ ...ANONYMOUS, scopes });

const errorOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

test("each field and each type requires its scopes", () => {
  const expected = Object.entries(FIELDS).flatMap(([scopes, types]) =>
    Object.entries(types).flatMap(([type, fields]) => fields.split(" ").map((field) => [`${type}.${field}`, scopes])),
  );
  expect(Object.fromEntries(guarded.map(({ path, field }) => [path, scopesOf(field).join(" ")]))).toEqual(
    Object.fromEntries(expected),
  );
  const types = objectTypes.filter((type) => scopesOf(type).length > 0);
  expect(Object.fromEntries(types.map((type) => [type.name, scopesOf(type).join(" ")]))).toEqual(
    Object.fromEntries(
      Object.entries(TYPES).flatMap(([scope, names]) => names.split(" ").map((name) => [name, scope])),
    ),
  );
});

/** The members of a context that are called on to read or to do something. */
const ACCESS = ["loaders", "renew", "call", "links", "gateway", "events", "idempotency", "followCommands", "isOffline"];

/** Resolves a field for a viewer; resolves with the error if it fails. */
const resolveFor = async (
  viewer: Viewer,
  { resolve, name }: (typeof guarded)[number]["field"],
  source: unknown,
  context: object = {},
) => {
  try {
    return await resolve?.(source, { input: {} }, Object.assign(context, { viewer }), { fieldName: name } as never);
  } catch (error) {
    return error;
  }
};

describe("without one of its scopes a field is forbidden before anything is read or done", () => {
  test.each(guarded)("$path", async ({ field }) => {
    for (const missing of scopesOf(field)) {
      const touched: string[] = [];
      const context = Object.defineProperties(
        { audit: () => {}, trace: [] },
        Object.fromEntries(ACCESS.map((name) => [name, { get: () => touched.push(name) }])),
      );
      const viewer = viewerWith(...SCOPES.filter((scope) => scope !== missing));
      const error = await resolveFor(viewer, field, null, context);
      expect(error).toBeInstanceOf(GraphQLError);
      expect(error).toMatchObject({
        message: `Missing scope: ${missing}.`,
        extensions: { code: "FORBIDDEN", scopes: [missing] },
      });
      expect(touched).toEqual([]);
    }
  });
});

test("with its scopes alone a field is resolved", async () => {
  for (const { path, field } of guarded) {
    const error = await resolveFor(viewerWith(...scopesOf(field)), field, null);
    expect(error instanceof GraphQLError && error.extensions["code"] === "FORBIDDEN", path).toBe(false);
  }
  const { viewer: own, gateway } = (schema.getQueryType() as GraphQLObjectType).getFields();
  for (const open of [own, gateway]) expect(open && scopesOf(open)).toEqual([]);
  const { nodes } = (schema.getType("AttendanceDayConnection") as GraphQLObjectType).getFields();
  const page = { rows: ["first", "second"] };
  expect(nodes && (await resolveFor(viewerWith("attendance:read"), nodes, page))).toEqual(["first", "second"]);
});

test("all missing scopes are named, and those that are there are not", () => {
  const need: readonly Scope[] = ["users:write", "credentials:write", "doors:read"];
  const error = errorOf(() => requireScopes(viewerWith("doors:read"), need));
  expect(error).toMatchObject({
    message: "Missing scopes: users:write, credentials:write.",
    extensions: { code: "FORBIDDEN", scopes: ["users:write", "credentials:write"] },
  });
  expect(errorOf(() => requireScopes(viewerWith(...need), need))).toBeUndefined();
  expect(errorOf(() => requireScopes(viewerWith(), []))).toBeUndefined();
  expect([hasScope(viewerWith("doors:read"), "doors:read"), hasScope(viewerWith(), "doors:read")]).toEqual([
    true,
    false,
  ]);
});

test("who is not identified has every scope, and the account `default`", () => {
  expect(ANONYMOUS).toEqual({ credential: "none", issuer: null, name: "anyone", account: "default", scopes: SCOPES });
  const parts = ["devices", "users", "credentials", "attendance", "photos", "doors", "callbacks"];
  expect([...new Set(SCOPES.map((scope) => scope.split(":")[0]))]).toEqual(parts);
  expect(SCOPES).toHaveLength(10);
});

test("callers differ in credential, issuer, account or name; rights in account and scopes", () => {
  const ada: Viewer = { credential: "token", issuer: "https://id", name: "ada", account: "north", scopes: [] };
  const others: readonly Viewer[] = [
    { ...ada, credential: "apiKey" },
    { ...ada, issuer: "https://other" },
    { ...ada, name: "bob" },
    { ...ada, account: "south" },
  ];
  const keys = [ada, ...others].map(callerKey);
  expect(new Set(keys).size).toBe(5);
  expect(new Set([ada, ...others].map((viewer) => idempotencyRecordKey(viewer, "visit"))).size).toBe(5);
  expect(idempotencyRecordKey(ada, "visit")).not.toBe(idempotencyRecordKey(ada, "visit2"));
  expect(callerKey({ ...ada, scopes: SCOPES })).toBe(keys[0]);
  expect([callerKey(ANONYMOUS), idempotencyRecordKey(ANONYMOUS, "visit")]).toEqual([null, " visit"]);
  expect(rightsOf({ ...ada, name: "bob", issuer: null, credential: "apiKey" })).toBe(rightsOf(ada));
  expect(new Set([ada, { ...ada, account: "south" }, { ...ada, scopes: SCOPES }].map(rightsOf)).size).toBe(3);
});

test("the schema for routers has the committed directives, and on request those of the scopes", () => {
  const committed = readFileSync(new URL("../../subgraph.graphql", import.meta.url), "utf8");
  expect(subgraphSdl(schema)).toBe(committed);
  const scoped = subgraphSdl(schema, { scopes: true });
  for (const line of [
    'type PunchPhoto @requiresScopes(scopes: [["photos:read"]]) {',
    "  viewer: GatewayViewer! @authenticated",
    '  ): RebootDevicePayload! @cost(weight: 20) @requiresScopes(scopes: [["devices:manage"]]) @tag(name: "operations")',
  ])
    expect(scoped.split("\n")).toContain(line);
  expect(scoped).toContain('@requiresScopes(scopes: [["users:write", "credentials:write"]])');
  expect(scoped).not.toContain("guardedBy");
});

test("fields and types name the operations and events that they use, and have their directives", () => {
  const known: readonly string[] = [...OPERATION_NAMES, ...EventName.values];
  const homes = homesOf(schema);
  expect(homes.map(({ operation }) => operation).toSorted()).toEqual(known.toSorted());
  expect(homes.find(({ operation }) => operation === "OpenDoor")).toMatchObject({ home: "Mutation.openDoor" });
  expect(homes.flatMap(({ also }) => also).length).toBeGreaterThan(5);
  const elements = [...objectTypes, ...objectTypes.flatMap(fieldsOf).map(({ field }) => field), { extensions: {} }];
  const used = elements.map(upstreamOf).flatMap(({ upstream, alsoUpstream }) => [...upstream, ...alsoUpstream]);
  expect(used.filter((name) => !known.includes(name))).toEqual([]);
  const { viewer, commands } = (schema.getQueryType() as GraphQLObjectType).getFields();
  expect(viewer && directivesOf(viewer)).toEqual({ authenticated: [{}] });
  expect(commands && directivesOf(commands)).toEqual({
    authenticated: [{}],
    cost: [{ weight: 5 }],
    listSize: [{ assumedSize: 20 }],
    semanticNonNull: [{}],
  });
  expect(directivesOf({ extensions: {} })).toEqual({});
});

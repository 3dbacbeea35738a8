import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildSchema, isInterfaceType, isObjectType } from "graphql";
import { expect, onTestFinished, test } from "vitest";

const run = promisify(execFile);
const path = fileURLToPath(new URL("../../schema.graphql", import.meta.url));
const schema = buildSchema(readFileSync(path, "utf8"));

/** A fragment of a component for each node, which Relay can read again by its ID, and for the objects below them. */
const FRAGMENTS = {
  Device: "id serialNumber name status health { checkedAt } migrations { ...DeviceMigration_row }",
  User: "id employeeCode name role credentials { ...Credential_row }",
  Punch: "id at localTime direction method device { ...Device_row } user { name }",
  Door: "id name state lock alarm",
  Command: "id kind status failureReason device { name } user { name } door { name }",
  AccessEvent: "id kind at door { name } command { ...Command_row }",
  DeviceMigration: "id state progress total done failed",
  Credential: "id kind index",
  Enrollment: "id syncState pendingCommand { ...Command_row } user { name }",
  AttendanceDay: "id date status workedMinutes firstIn { at } lastOut { at }",
} as const;

/** Pages that a component reads further. */
const PAGES = {
  Device_users: `fragment Device_users on Device @refetchable(queryName: "DeviceUsersPage")
    @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
    users(first: $first, after: $after) @connection(key: "Device_users") { edges { enrollment { ...Enrollment_row } node { id } } }
  }`,
  User_days: `fragment User_days on User @refetchable(queryName: "UserDaysPage")
    @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
    attendanceDays(from: "2026-06-01", to: "2026-06-30", first: $first, after: $after) @connection(key: "User_attendanceDays") {
      edges { node { ...AttendanceDay_row } }
    }
  }`,
  Door_events: `fragment Door_events on Door @refetchable(queryName: "DoorEventsPage")
    @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
    accessEvents(from: "2026-06-01T00:00:00", to: "2026-06-30T00:00:00", first: $first, after: $after)
      @connection(key: "Door_accessEvents") { edges { node { ...AccessEvent_row } } }
  }`,
} as const;

const nodeType = schema.getType("Node");
const nodes = isInterfaceType(nodeType) ? schema.getPossibleTypes(nodeType).map(({ name }) => name) : [];

test("relay-compiler takes a fragment for each main type, refetches each node and reads pages on", {
  timeout: 60_000,
}, async () => {
  expect(Object.keys(FRAGMENTS)).toEqual(expect.arrayContaining(nodes));
  const folder = mkdtempSync(join(tmpdir(), "portico-relay-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "src"));
  cpSync(path, join(folder, "schema.graphql"));
  const config = { src: "src", schema: "schema.graphql", language: "typescript", eagerEsModules: true };
  writeFileSync(join(folder, "relay.config.json"), JSON.stringify(config));
  const component = (name: string, text: string) =>
    writeFileSync(
      join(folder, `src/${name.split("_")[0]}.${name.split("_")[1]}.ts`),
      `import { graphql } from "relay-runtime";\nexport const ${name} = graphql\`${text}\`;\n`,
    );
  for (const [type, selection] of Object.entries(FRAGMENTS)) {
    const refetchable = nodes.includes(type) ? `@refetchable(queryName: "${type}RowQuery")` : "";
    component(`${type}_row`, `fragment ${type}_row on ${type} ${refetchable} { ${selection} }`);
  }
  for (const [name, text] of Object.entries(PAGES)) component(name, text);
  const compiler = createRequire(import.meta.url).resolve("relay-compiler/cli.js");
  await run(process.execPath, [compiler, "relay.config.json"], { cwd: folder });
  const generated = readdirSync(join(folder, "src/__generated__"));
  expect(generated).toEqual(expect.arrayContaining(nodes.map((type) => `${type}RowQuery.graphql.ts`)));
  expect(generated).toEqual(
    expect.arrayContaining(["DeviceUsersPage", "UserDaysPage", "DoorEventsPage"].map((name) => `${name}.graphql.ts`)),
  );
});

test("each object type with an ID is a node or says that `node` does not accept its ID", () => {
  const silent = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !nodes.includes(type.name) && "id" in type.getFields())
    .filter((type) => !/cannot be passed to `node`/.test(type.getFields()["id"]?.description ?? ""));
  expect(silent.map(({ name }) => name)).toEqual([]);
});

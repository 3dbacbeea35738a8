import plugin, { configs, parser } from "@graphql-eslint/eslint-plugin";
import { ESLint, type Linter } from "eslint";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSchema, isObjectType } from "graphql";
import { expect, test } from "vitest";

const path = fileURLToPath(new URL("../../schema.graphql", import.meta.url));
const schema = buildSchema(readFileSync(path, "utf8"));

/** Parts of their parent, or facts of the moment: a cache keeps them with the object that has them. */
const VALUES = [
  "AddUsersResult",
  "AttendanceExport",
  "AttendanceMark",
  "AttendanceToday",
  "DeviceCounter",
  "DeviceHealth",
  "DeviceInfo",
  "DevicePing",
  "GatewayEventPage",
  "GatewayStatus",
  "GatewayViewer",
  "LatestPunches",
  "PageInfo",
  "PunchPhoto",
];

/** The rules of the public configurations that are narrower here, and why. */
const NARROWED: Linter.RulesRecord = {
  // Pages go forward only, as the gateway's do.
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
  // `nodes` beside `edges`, and short lists that are no pages; a working day has an ID, but is computed and no node.
  "@graphql-eslint/relay-edge-types": [
    "error",
    { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
  ],
  // Values have no identity. An event has a cursor, and an error of a user has a path.
  "@graphql-eslint/strict-id-in-types": [
    "error",
    {
      exceptions: {
        types: VALUES,
        suffixes: ["Connection", "Edge", "Payload", "Error", "Added", "Changed", "Updated"],
      },
    },
  ],
};

const configurations = ["flat/schema-recommended", "flat/schema-relay"] as const;

const lint = async (text: string): Promise<readonly string[]> => {
  const eslint = new ESLint({
    overrideConfigFile: true,
    overrideConfig: {
      files: ["**/*.graphql"],
      languageOptions: { parser, parserOptions: { graphQLConfig: { schema: text } } },
      plugins: { "@graphql-eslint": plugin as never },
      rules: { ...Object.assign({}, ...configurations.map((name) => configs[name].rules)), ...NARROWED },
    },
  });
  const results = await eslint.lintText(text, { filePath: "schema.graphql" });
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId, line, message }) => `${line} ${ruleId}: ${message}`),
  );
};

test("@graphql-eslint accepts the schema of clients, by its configurations for schemas and for Relay", {
  timeout: 60_000,
}, async () => {
  expect(await lint(readFileSync(path, "utf8"))).toEqual([]);
});

test("it rejects a page without a cursor to continue from, and an object without an ID", {
  timeout: 60_000,
}, async () => {
  const text = readFileSync(path, "utf8");
  const broken = text
    .replace(/^ {2}endCursor: String$/m, "  position: String")
    .concat("\nextend type Query { list: Loose }\ntype Loose { text: String }\n");
  expect(broken).toContain("position: String");
  const rules = (await lint(broken)).join("\n");
  expect(rules).toContain("relay-page-info");
  expect(rules).toContain("strict-id-in-types");
});

test("each exception is a type that has no ID", () => {
  const types = VALUES.map((name) => schema.getType(name));
  const stale = VALUES.filter((_name, index) => {
    const type = types[index];
    return !isObjectType(type) || "id" in type.getFields();
  });
  expect(stale).toEqual([]);
});

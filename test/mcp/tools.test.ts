import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { portico as runPortico } from "../kit/cli.ts";
import { startPortico } from "../kit/portico/app.ts";
import { connectMcp, manifestOf, READY_MADE } from "../kit/portico/mcp.ts";

const start = async (documents: Record<string, string>) =>
  startPortico({}, { MCP: "on", PERSISTED_OPERATIONS_FILE: await manifestOf(documents) });

/** The tools that Portico makes of these documents, and the documents that are none. */
const toolsOf = async (documents: Record<string, string>) => {
  const { url, logs } = await start(documents);
  const { tools } = await (await connectMcp(url)).client.listTools();
  const lines = logs.map((line) => JSON.parse(line) as { message: string; documents?: readonly object[] });
  const others = lines.find(({ message }) => message === "stored documents that are no tools")?.documents ?? [];
  return { tools: new Map(tools.map((tool) => [tool.name, tool])), others };
};

const faultOf = async (documents: Record<string, string>): Promise<string> =>
  start(documents).then(
    () => "none",
    (error: Error) => error.message,
  );

test("examples/mcp/documents.json holds the documents beside it; if it does not, run `npm run generate`", () => {
  const texts = globSync("examples/mcp/*.graphql").map((path) => readFileSync(path, "utf8"));
  const stored = JSON.parse(readFileSync(READY_MADE, "utf8")) as Record<string, string>;
  expect(Object.values(stored).toSorted()).toEqual(texts.toSorted());
  for (const [id, text] of Object.entries(stored)) expect(id).toBe(createHash("sha256").update(text).digest("hex"));
});

test("MCP=on without stored documents is a fault of the configuration, and so is another value", () => {
  expect(() => parseConfig({ MCP: "on" })).toThrow("PERSISTED_OPERATIONS_FILE is required when MCP=on");
  expect(() => parseConfig({ MCP: "yes" })).toThrow("MCP");
});

const NAMED = "query Devices { devices { totalCount } }";

test("a file without any document that can be a tool, or with two of one name, is a fault", async () => {
  expect(await faultOf({ a: "{ devices { totalCount } }" })).toContain(
    "PERSISTED_OPERATIONS_FILE: MCP=on needs a document that can be a tool; a: the operation must have a name.",
  );
  const twice = await faultOf({ a: NAMED, b: "query Devices { devices(first: 1) { totalCount } }" });
  expect(twice).toContain("PERSISTED_OPERATIONS_FILE: two documents have the name Devices, which names one tool.");
});

test("portico check finds the same faults", async () => {
  const path = await manifestOf({ a: "{ devices { totalCount } }" });
  const { code, out, err } = await runPortico(["check"], { MCP: "on", PERSISTED_OPERATIONS_FILE: path });
  expect(code).not.toBe(0);
  expect(out + err).toContain("MCP=on needs a document that can be a tool");
});

const openDoor = (options: string, variables = "$reason: String!, $idempotencyKey: String, $flag: Boolean, $n: Int") =>
  `mutation Open(${variables}) {
    openDoor(input: { serialNumber: "SN7A2300583", options: { ${options} } }) { userErrors { code } }
  }`;
const BOTH = "reason: $reason, idempotencyKey: $idempotencyKey";

test.for([
  [
    "a mutation without a reason",
    openDoor("idempotencyKey: $idempotencyKey"),
    "`options.reason` must be the variable $reason",
  ],
  [
    "a mutation without a key",
    openDoor("reason: $reason"),
    "`options.idempotencyKey` must be the variable $idempotencyKey",
  ],
  [
    "a fixed reason",
    openDoor(`reason: "x", idempotencyKey: $idempotencyKey`),
    "`options.reason` must be the variable $reason",
  ],
  ["a fixed key", openDoor(`reason: $reason, idempotencyKey: "x"`), "`options.idempotencyKey` must be the variable"],
  ["an optional reason", openDoor(BOTH, "$reason: String, $idempotencyKey: String"), "$reason must be required"],
  [
    "a reason with a default",
    openDoor(BOTH, `$reason: String! = "x", $idempotencyKey: String`),
    "$reason must be required",
  ],
  ["a door that is queued", openDoor(`${BOTH}, queueIfOffline: true`), "a command for a door must not be queued"],
  [
    "a door that a model may queue",
    openDoor(`${BOTH}, queueIfOffline: $flag`),
    "a command for a door must not be queued",
  ],
  ["a door that waits for an hour", openDoor(`${BOTH}, expiresInSeconds: 3600`), "must expire within 30 seconds"],
  [
    "a door that waits as long as a model likes",
    openDoor(`${BOTH}, expiresInSeconds: $n`),
    "must expire within 30 seconds",
  ],
  [
    "a whole input",
    "mutation Open($input: OpenDoorInput!) { openDoor(input: $input) { userErrors { code } } }",
    "`options.reason` must be the variable $reason",
  ],
  [
    "two commands",
    `mutation Two($reason: String!, $idempotencyKey: String) {
      a: openDoor(input: { serialNumber: "A", options: { ${BOTH} } }) { userErrors { code } }
      b: openDoor(input: { serialNumber: "B", options: { ${BOTH} } }) { userErrors { code } }
    }`,
    "a mutation must have exactly one field",
  ],
  [
    "a mutation that takes no reason",
    `mutation Reset { resetDeviceQueue(input: { serialNumber: "SN7A2300583" }) { userErrors { code } } }`,
    "`options.reason` must be the variable $reason",
  ],
  [
    "a mutation for many people",
    `mutation Many($reason: String!, $idempotencyKey: String, $users: [NewUserInput!]!) {
      addUsers(input: { serialNumbers: ["SN7A2300583"], users: $users, options: { ${BOTH} } }) { userErrors { code } }
    }`,
    "its idempotency key stands for many requests",
  ],
  ["a subscription", "subscription Live { punchAdded { cursor } }", "a subscription does not end"],
  ["two operations", `${NAMED.replace("Devices", "One")} ${NAMED.replace("Devices", "Two")}`, "exactly one operation"],
] as const)("%s is no tool, and the log says why", async ([, document, why]) => {
  // Variables that are not used are an error of GraphQL.
  const used = ["flag: Boolean", "n: Int"].reduce(
    (text, variable) =>
      text.split(`$${variable.split(":")[0]}`).length > 2 ? text : text.replace(`, $${variable}`, ""),
    document.replace(/\$(reason|idempotencyKey): String!?(, )?/g, (all, name: string) =>
      document.split(`$${name}`).length > 2 ? all : "",
    ),
  );
  const { tools, others } = await toolsOf({ named: NAMED, other: used });
  expect([...tools.keys()]).toEqual(["Devices"]);
  expect(others).toEqual([{ documentId: "other", reason: expect.stringContaining(why) }]);
});

test("a door may be told to expire earlier, and not to queue", async () => {
  const document = openDoor(
    `${BOTH}, queueIfOffline: false, expiresInSeconds: 10`,
    "$reason: String!, $idempotencyKey: String",
  );
  expect([...(await toolsOf({ a: document })).tools.keys()]).toEqual(["Open"]);
});

test("a tool is described by its document, by the comment above it, or by the schema", async () => {
  const { tools } = await toolsOf({
    a: `"""\nCounts the devices.\n"""\nquery A { devices { totalCount } }`,
    b: "# Counts\n# the devices.\nquery B { devices { totalCount } }",
    c: `query C("Which device." $serialNumber: String!, $number: Int) {
      door(serialNumber: $serialNumber, number: $number) { state }
    }`,
  });
  expect(tools.get("A")?.description).toBe("Counts the devices.");
  expect(tools.get("B")?.description).toBe("Counts the devices.");
  expect(tools.get("C")?.description).toMatch(/^[A-Z].*door.*\.$/i);
  expect(tools.get("C")?.inputSchema.properties).toEqual({
    serialNumber: { type: "string", description: "Which device." },
    number: { type: "integer", description: expect.stringMatching(/\.$/) },
  });
});

test("the input schema follows the variables: enums, lists, input objects, exactly one of several, defaults", async () => {
  const { tools } = await toolsOf({
    a: `query A($of: MigrationFilter, $status: DeviceStatus = ONLINE, $codes: [String!]!) {
      migrations(of: $of) { id } devices(status: $status) { totalCount } users(employeeCodes: $codes) { name }
    }`,
  });
  expect(tools.get("A")?.inputSchema).toMatchObject({
    required: ["codes"],
    properties: {
      of: { type: "object", minProperties: 1, maxProperties: 1, properties: { serialNumber: { type: "string" } } },
      status: { type: "string", enum: ["DEGRADED", "OFFLINE", "ONLINE", "UNKNOWN"], default: "ONLINE" },
      codes: { type: "array", items: { type: "string" } },
    },
  });
});

test("the output schema follows the selection: aliases, fragments, conditions, other types, null", async () => {
  const { tools } = await toolsOf({
    a: `query A($id: ID!, $more: Boolean!) {
      it: node(id: $id) { __typename id ... on Door { ...D } ... on Device { name status } }
      devices { nodes { ...N } nodes { serialNumber name @include(if: $more) } nodes @include(if: $more) { model } }
    }
    fragment D on Door { number device { name } }
    fragment N on Node { id }`,
  });
  const text = { type: "string" };
  const name = { type: ["string", "null"] };
  const device = { type: "object", properties: { name }, required: ["name"] };
  expect(tools.get("A")?.outputSchema).toMatchObject({
    required: ["data"],
    properties: {
      data: {
        type: "object",
        required: ["it", "devices"],
        properties: {
          it: {
            type: ["object", "null"],
            required: ["__typename", "id"],
            properties: {
              __typename: text,
              id: text,
              number: { type: "integer" },
              device,
              name,
              status: { type: ["string", "null"] },
            },
          },
          devices: {
            properties: {
              nodes: {
                type: "array",
                items: { required: ["id", "serialNumber"], properties: { id: text, serialNumber: text, name } },
              },
            },
          },
        },
      },
    },
  });
});

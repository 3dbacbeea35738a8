import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Codec } from "../../src/contract/codec.ts";
import { ErrorEnvelope } from "../../src/contract/envelope.ts";
import { type EventDefinition, EventName, EVENTS } from "../../src/contract/events.ts";
import type { Operation } from "../../src/contract/operation.ts";
import { OPERATION_NAMES, OPERATIONS } from "../../src/contract/operations.ts";
import { ruleOfIssue } from "../../src/contract/rules.ts";
import { STATUS } from "../../src/contract/status.ts";
import * as vocabulary from "../../src/contract/vocabulary.ts";
import { missing } from "../kit/missing.ts";
import { lost } from "./decoded.ts";
import { document, events, namedResponses, namedSchemas, operations, resolve, type Schema } from "./document.ts";
import { mutationsOf } from "./mutations.ts";
import { normal } from "./normal.ts";
import { differences } from "./shape.ts";

/** Members of the document that no codec reads, each with its reason. */
const UNREAD = new Set([
  // Template data never enters the facade.
  "CredentialInfo.Data",
]);
const unreadNames = new Set([...UNREAD].map((name) => name.slice(name.indexOf(".") + 1)));

/** Members whose default differs from the document, each with its reason. */
const DEVIATIONS: Readonly<Record<string, string>> = {
  "MigrationStatus.DeviceSN": "its default would contradict MigrationID, which excludes DeviceSN",
};

const declared = new Map<string, Operation>(Object.entries(OPERATIONS));
const entry = (name: string): Operation => {
  const found = declared.get(name);
  if (found === undefined) throw new Error(`src/contract has no ${name}`);
  return found;
};
const sampleOf = (name: string) => entry(name).sample as Readonly<Record<string, unknown>>;

const ajv = addFormats.default(new Ajv2020.default({ strict: false, allErrors: false, validateFormats: true }));
ajv.addSchema(document, "gateway");
const embedded = (schema: Schema): Schema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"gateway#/')) as Schema;
const validator = (schema: Schema) => ajv.compile(embedded(schema));

const DOCUMENT = "src/contract/gateway-v3.openapi.yaml";

test("the contract has the operations of the document, in its order", () => {
  const documented = operations.map(({ name }) => name);
  expect([
    ...missing(
      documented,
      OPERATION_NAMES,
      (name) => `${name} is not in the contract: add it to OPERATIONS in src/contract/operations.ts`,
    ),
    ...missing(
      OPERATION_NAMES,
      documented,
      (name) => `${name} is not in the contract document: add /${name} to ${DOCUMENT}`,
    ),
  ]).toEqual([]);
  expect(OPERATION_NAMES).toEqual(documented);
});

describe.each(operations.filter(({ name }) => declared.has(name)))("$name", (described) => {
  const { name } = described;
  const operation = entry(name);

  test("has the document's name, method, group and mode", () => {
    const { method, group, mode } = described;
    expect({ name: operation.name, method: operation.method, group: operation.group, mode: operation.mode }).toEqual({
      name,
      method,
      group,
      mode,
    });
  });

  test("is a read if and only if it is a GET", () => {
    expect(operation.safety === "read").toBe(described.method === "GET");
  });

  test("accepts the input of the document", () => {
    const accepted = normal(z.toJSONSchema(operation.input, { io: "input" }));
    const written = normal(described.input);
    const strip = (schema: Schema) => {
      const properties = { ...(schema["properties"] as Record<string, Schema>) };
      for (const member of Object.keys(properties)) {
        if (`${name}.${member}` in DEVIATIONS) properties[member] = { ...properties[member], default: undefined };
      }
      return { ...schema, properties };
    };
    expect(strip(accepted)).toEqual(strip(written));
  });

  test("has a sample that its codec and the document accept", () => {
    expect(operation.input.safeParse(operation.sample).error?.issues ?? []).toEqual([]);
    const valid = validator(described.input);
    expect(valid(operation.sample) ? [] : valid.errors).toEqual([]);
  });

  test("accepts and refuses the same requests as the document, except for its rules in prose", () => {
    const valid = validator(described.input);
    const disagreements = mutationsOf(described, sampleOf(name)).flatMap(({ what, request }) => {
      const parsed = operation.input.safeParse(request);
      const byProse =
        parsed.error?.issues.every((issue) => issue.code === "custom" && ruleOfIssue(issue)?.kind !== "unique") ??
        false;
      if (parsed.success === valid(request) || byProse) return [];
      return [`${what}: ${parsed.success ? "accepted" : "refused"}`];
    });
    expect(disagreements).toEqual([]);
  });

  test("reads every member of the document's answer, and no other", () => {
    expect(differences(described.output, operation.output, UNREAD)).toEqual([]);
  });

  test("reads the document's examples without loss", () => {
    const examples = resolve(described.output)["examples"] as readonly unknown[];
    for (const example of examples) expect(lost(example, operation.output.read(example), unreadNames)).toEqual([]);
  });
});

test("the contract has the events of the document, in its order", () => {
  const [declaredEvents, documented] = [Object.keys(EVENTS), Object.keys(events)];
  expect([
    ...missing(
      documented,
      declaredEvents,
      (name) => `${name} is not in the contract: add it to EVENTS in src/contract/events.ts`,
    ),
    ...missing(declaredEvents, documented, (name) => `${name} is not in the contract document: add it to ${DOCUMENT}`),
  ]).toEqual([]);
  expect(declaredEvents).toEqual(documented);
});

test.each<EventDefinition>(Object.values(EVENTS))("$name is read as the document writes it", (definition) => {
  const { name, codec, answersOnly } = definition;
  const schema = events[name];
  if (schema === undefined) throw new Error(`${name} is not in the document.`);
  const members = Object.entries(codec.members ?? {}).filter(([member]) => !answersOnly.includes(member));
  expect(differences(schema, { ...codec, members: Object.fromEntries(members) }, UNREAD)).toEqual([]);
  for (const example of resolve(schema)["examples"] as readonly unknown[]) {
    expect(lost(example, codec.read(example), unreadNames)).toEqual([]);
  }
});

test("errors are read as the document writes them", () => {
  expect(differences(namedSchemas["ErrorEnvelope"] as Schema, ErrorEnvelope, UNREAD)).toEqual([]);
});

const CODECS: Readonly<Record<string, Codec<unknown>>> = {
  CommandFinished: OPERATIONS.OpenDoor.output,
  CommandQueued: OPERATIONS.OpenDoor.output,
  BadRequest: ErrorEnvelope,
  Unauthorized: ErrorEnvelope,
  Forbidden: ErrorEnvelope,
  NotFound: ErrorEnvelope,
  RateLimited: ErrorEnvelope,
  ServerError: ErrorEnvelope,
};

test("every example of an answer is valid and read without loss", () => {
  const examples = Object.entries(namedResponses).flatMap(([name, response]) => {
    const media = (response["content"] as Record<string, Schema> | undefined)?.["application/json"];
    const values = Object.values((media?.["examples"] ?? {}) as Record<string, { value: unknown }>);
    return values.map(({ value }) => ({ name, value, schema: media?.["schema"] as Schema }));
  });
  expect([...new Set(examples.map(({ name }) => name))].sort()).toEqual(Object.keys(CODECS).sort());
  for (const { name, value, schema } of examples) {
    const valid = validator(schema);
    expect(valid(value) ? [] : valid.errors).toEqual([]);
    expect(lost(value, CODECS[name]?.read(value), unreadNames)).toEqual([]);
  }
});

test("every example of the document is valid by its own schema", () => {
  for (const [name, schema] of Object.entries(namedSchemas)) {
    const valid = ajv.compile({ $ref: `gateway#/components/schemas/${name}` });
    for (const example of (schema["examples"] ?? []) as readonly unknown[]) {
      expect({ name, errors: valid(example) ? [] : valid.errors }).toEqual({ name, errors: [] });
    }
  }
});

const NOT_VOCABULARY = new Set(["ApiStatus"]);

test("the vocabularies are the enumerations of the document", () => {
  const enumerations = Object.entries(namedSchemas)
    .filter(
      ([name, schema]) => schema["type"] === "string" && Array.isArray(schema["enum"]) && !NOT_VOCABULARY.has(name),
    )
    .map(([name, schema]) => [name, schema["enum"]] as const);
  const vocabularies = Object.entries({ ...vocabulary, EventName }).map(
    ([name, { values }]) => [name, values] as const,
  );
  expect(Object.fromEntries(vocabularies)).toEqual(Object.fromEntries(enumerations));
});

test("every word of a vocabulary reads as itself, and a newer one as the fallback", () => {
  for (const { values, tolerant, exact } of Object.values({ ...vocabulary, EventName })) {
    const read = tolerant as Codec<string>;
    for (const value of values) {
      expect([read.read(value), read.read(value.toUpperCase()), exact.parse(value)]).toEqual([value, value, value]);
    }
    expect(typeof read.read("SomethingNewer")).toBe("string");
    expect(exact.safeParse("SomethingNewer").success).toBe(false);
  }
});

test("the status codes are the table of the document", () => {
  const table = namedSchemas["ApiStatusCode"]?.["x-status-codes"] as readonly {
    code: number;
    status: string;
    http: number[];
  }[];
  expect(Object.values(STATUS)).toEqual(table.map(({ code, status, http }) => ({ code, status, http })));
  expect(table.map(({ code }) => code)).toEqual(namedSchemas["ApiStatusCode"]?.["enum"]);
  expect(table.map(({ status }) => status)).toEqual(namedSchemas["ApiStatus"]?.["enum"]);
});

test("doors go first and bulk reads last", () => {
  const priorities = Map.groupBy(OPERATION_NAMES, (name) => entry(name).priorityOf(sampleOf(name)));
  expect(priorities.get("door")).toEqual(["OpenDoor", "LockDoor"]);
  expect(priorities.get("bulk")).toEqual(["ExportAttendance"]);
});

test.each([
  ["2026-06-01", "2026-07-01", "interactive"],
  ["2026-06-01 08:00:00", "2026-07-02", "bulk"],
])("a summary from %s to %s is %s", (FromDate, ToDate, priority) => {
  expect(OPERATIONS.GetAttendanceSummary.priorityOf({ FromDate, ToDate })).toBe(priority);
});

test("only doors are not queued for a device that is offline", () => {
  const commands = Object.values(OPERATIONS).filter((operation) => "queueIfOffline" in operation);
  expect(commands.map(({ name }) => name)).toEqual(
    OPERATION_NAMES.filter((name) => OPERATIONS[name].mode === "command"),
  );
  expect(commands.filter(({ queueIfOffline }) => !queueIfOffline).map(({ name }) => name)).toEqual([
    "OpenDoor",
    "LockDoor",
  ]);
});

test("the members that name the targets and the wait of an operation are members of its input", () => {
  for (const operation of declared.values()) {
    const { properties } = z.toJSONSchema(operation.input, { io: "input" });
    const targets = "targets" in operation ? [operation.targets] : [];
    const wait = operation.serverWait === null ? [] : [operation.serverWait];
    for (const member of [...targets, ...wait]) expect(properties).toHaveProperty(String(member));
    expect("Wait" in (properties ?? {}) || "TimeoutSeconds" in (properties ?? {})).toBe(wait.length === 1);
  }
});

import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
} from "graphql";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createRandom } from "../../src/sandbox/random.ts";
import { operationOf } from "../attack/fuzz/operations.ts";
import { valueOf } from "../attack/fuzz/values.ts";
import { startPortico } from "../kit/portico/app.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

/** Names of operations, members, values and statuses as the gateway spells them. */
const GATEWAY_WORD = /API_RESPONSE|\b[A-Z][a-z]+(?:[A-Z][a-z]+|SN|ID|No|IDs)+\b|^[A-Z]\w*(?=[.:])/g;

/** The words of the gateway in a text, other than the names of types of the schema. */
const gatewayWords = (text: string): readonly string[] =>
  [...text.matchAll(GATEWAY_WORD)].map(([word]) => word).filter((word) => schema.getType(word) === undefined);

/** Whether an input of this type has a value at this path. */
const hasPath = (type: GraphQLInputType, [step, ...rest]: readonly string[]): boolean => {
  if (step === undefined) return true;
  const inner = getNullableType(type);
  if (isListType(inner)) return /^\d+$/.test(step) && hasPath(inner.ofType, rest);
  const field = isInputObjectType(inner) ? inner.getFields()[step] : undefined;
  return field !== undefined && hasPath(field.type, rest);
};

interface UserError {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[] | null;
}

interface Payload {
  readonly userErrors: readonly UserError[];
  readonly results?: readonly { readonly userErrors: readonly UserError[] }[];
}

const ERRORS = "userErrors { code message path }";
const MUTATIONS = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(
  // The gateway would call the receiver.
  ({ name }) => name !== "registerCallback",
);
/** So many inputs of each mutation. */
const INPUTS = 12;

/** Puts a malformed text in place of some keys. */
const spoilt = (random: () => number, value: unknown, name: string): unknown => {
  if (Array.isArray(value)) return value.map((item) => spoilt(random, item, name));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([member, each]) => [member, spoilt(random, each, member)]));
  return /^(?:serialNumbers?|employeeCodes?|cardNumber|password|algorithm)$/.test(name) && random() < 0.2 ? "!" : value;
};

const selectionOf = ({ type }: GraphQLField<unknown, unknown>): string => {
  const payload = getNamedType(type);
  const hasResults = isObjectType(payload) && "results" in payload.getFields();
  return hasResults ? `${ERRORS} results { ${ERRORS} }` : ERRORS;
};

test.each(MUTATIONS.map((field) => [field.name, field] as const))(
  "errors of %s name fields that its input has, in messages without a word of the gateway",
  async (name, field) => {
    const portico = await startPortico({}, { LIMIT_CREDENTIALS: "100000" });
    const type = field.args[0]?.type;
    if (type === undefined) throw new Error(`${name} must have an input.`);
    const random = createRandom("words", name);
    const document = `mutation ($input: ${String(type)}) { payload: ${name}(input: $input) { ${selectionOf(field)} } }`;
    const found: UserError[] = [];
    for (let index = 0; index < INPUTS; index += 1) {
      const input = spoilt(random, valueOf(random, type, "input"), "input");
      const { data, errors = [] } = await portico.ask<{ payload: Payload | null }, object>(document, { input });
      expect(errors.flatMap(({ message }) => gatewayWords(message))).toEqual([]);
      const payload = data.payload;
      found.push(...(payload?.userErrors ?? []), ...(payload?.results ?? []).flatMap(({ userErrors }) => userErrors));
    }
    expect(found.length).toBeGreaterThan(0);
    for (const { message, path, code } of found) {
      expect(gatewayWords(message), message).toEqual([]);
      if (path === null) continue;
      expect(path[0]).toBe("input");
      expect(hasPath(type, path.slice(1)), path.join(".")).toBe(true);
      if (code === "INVALID_INPUT") expect(message.startsWith(`${path.slice(1).join(".")}: `), message).toBe(true);
    }
  },
);

test("errors of queries have no word of the gateway in messages and extensions", { timeout: 60_000 }, async () => {
  const portico = await startPortico();
  const texts: string[] = [];
  for (let index = 0; index < 150; index += 1) {
    const { query, variables } = operationOf(schema, "query", "words", index);
    const { errors = [] } = await portico.ask<object, object>(query, variables);
    texts.push(...errors.flatMap(({ message, extensions }) => [message, ...Object.values(extensions).map(String)]));
  }
  expect(texts.length).toBeGreaterThan(20);
  // The columns of an export are words of the gateway, and so are the values that the argument has.
  expect(texts.flatMap((text) => gatewayWords(text.replace(/must be one of [\w, ]+/, "")))).toEqual([]);
});

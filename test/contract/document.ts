import {
  contractDocument as document,
  type DocumentBody as Holder,
  type DocumentOperation as OperationObject,
  type DocumentSchema as Schema,
  isDocumentSchema as isSchema,
  resolveReference as resolve,
} from "../../src/conformance/document.ts";

export { document, isSchema, resolve };
export type { Schema };

interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
  readonly example: unknown;
}

/** An operation of the document. */
export interface Described {
  readonly name: string;
  readonly method: string;
  readonly group: string;
  readonly mode: string;
  /** The input, as one object schema. */
  readonly input: Schema;
  /** An example for every member that has one. */
  readonly examples: Readonly<Record<string, unknown>>;
  /** The answer with status 200. */
  readonly output: Schema;
}

export const namedSchemas = document.components.schemas;
export const namedResponses = document.components.responses;

/** Properties and required members of an object schema, through `$ref` and `allOf`. */
export const membersOf = (schema: Schema): { properties: Record<string, Schema>; required: Set<string> } => {
  const resolved = resolve(schema);
  const properties: Record<string, Schema> = { ...(resolved["properties"] as Record<string, Schema> | undefined) };
  const required = new Set((resolved["required"] as readonly string[] | undefined) ?? []);
  for (const part of (resolved["allOf"] as readonly Schema[] | undefined) ?? []) {
    const inner = membersOf(part);
    Object.assign(properties, inner.properties);
    for (const name of inner.required) required.add(name);
  }
  return { properties, required };
};

const jsonSchema = (holder: Holder | undefined): Schema => holder?.content?.["application/json"]?.schema ?? {};

const exampleOf = (schema: Schema): unknown => {
  const resolved = resolve(schema);
  if (resolved["const"] !== undefined) return resolved["const"];
  const [first] = (resolved["examples"] as readonly unknown[] | undefined) ?? [];
  if (first !== undefined) return first;
  const [choice] = (resolved["anyOf"] as readonly Schema[] | undefined) ?? [];
  return choice === undefined ? undefined : exampleOf(choice);
};

const inputOf = (operation: OperationObject): Pick<Described, "input" | "examples"> => {
  if (operation.requestBody !== undefined) {
    const input = jsonSchema(operation.requestBody);
    const { properties } = membersOf(input);
    return { input, examples: Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, exampleOf(v)])) };
  }
  const parameters = (operation.parameters ?? []).map((each) => resolve(each) as unknown as Parameter);
  return {
    input: {
      type: "object",
      properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
      required: parameters.filter(({ required }) => required).map(({ name }) => name),
    },
    examples: Object.fromEntries(parameters.map(({ name, example }) => [name, example])),
  };
};

const describe = ([path, methods]: [string, Readonly<Record<string, OperationObject>>]): Described => {
  const [entry, second] = Object.entries(methods);
  if (entry === undefined || second !== undefined) throw new Error(`${path} must have exactly one method.`);
  const [method, operation] = entry;
  const name = operation.operationId;
  if (path !== `/${name}`) throw new Error(`The operationId of ${path} must be its name; received ${name}.`);
  return {
    name,
    method: method.toUpperCase(),
    group: operation.tags.join(),
    mode: operation["x-mode"] ?? "",
    ...inputOf(operation),
    output: jsonSchema(resolve(operation.responses["200"] ?? {})),
  };
};

/** The REST operations, in the document's order. */
export const operations: readonly Described[] = Object.entries(document.paths).map(describe);

/** The schemas of the events, by name. */
export const events: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(document.webhooks).map(([name, { post }]) => {
    const schema = jsonSchema(post?.requestBody);
    return [name, (schema["oneOf"] as readonly Schema[] | undefined)?.[0] ?? schema];
  }),
);

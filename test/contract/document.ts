import { readFileSync } from "node:fs";
import { parse } from "yaml";

export type Schema = Readonly<Record<string, unknown>>;

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

interface Holder {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly "x-mode"?: string;
  readonly parameters?: readonly Schema[];
  readonly requestBody?: Holder;
  readonly responses: Readonly<Record<string, Schema>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: Readonly<Record<"schemas" | "responses", Readonly<Record<string, Schema>>>>;
}

const file = new URL("../../src/contract/gateway-v3.openapi.yaml", import.meta.url);

export const document = parse(readFileSync(file, "utf8")) as OpenApi;

export const namedSchemas = document.components.schemas;
export const namedResponses = document.components.responses;

export const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const at = (path: string): unknown =>
  path.split("/").reduce<unknown>((node, key) => {
    const next = isSchema(node) ? node[key] : undefined;
    if (next === undefined) throw new Error(`The document must contain #/${path}.`);
    return next;
  }, document);

/** Resolves a `$ref`, and keeps the keywords next to it. */
export const resolve = (schema: Schema): Schema => {
  const { $ref, ...siblings } = schema;
  if (typeof $ref !== "string") return schema;
  return { ...resolve(at($ref.slice(2)) as Schema), ...siblings };
};

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

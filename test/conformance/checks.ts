import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect } from "vitest";
import { OPERATIONS, type OperationName } from "../../src/contract/operations.ts";
import { document, resolve, type Schema } from "../contract/document.ts";
import type { Answer } from "./target.ts";

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(document, "gateway", undefined, false);

const validators = new Map<string, ValidateFunction>();

const compile = (key: string, schema: Schema): ValidateFunction => {
  const known = validators.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"gateway#/components/');
  const validator = ajv.compile(JSON.parse(text) as Schema);
  validators.set(key, validator);
  return validator;
};

const expectValid = (key: string, schema: Schema, value: unknown): void => {
  const validate = compile(key, schema);
  if (!validate(value)) expect.fail(`${key}: ${ajv.errorsText(validate.errors)}`);
};

interface Response {
  readonly headers?: Readonly<Record<string, Schema>>;
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}

const DOCUMENT = "src/contract/gateway-v3.openapi.yaml";

const documentedOperation = (name: OperationName) => {
  const [operation] = Object.values(document.paths[`/${name}`] ?? {});
  return operation ?? expect.fail(`${name} is not in the contract document: add /${name} to ${DOCUMENT}`);
};

/** The HTTP statuses that the document specifies for an operation. */
export const statusesOf = (name: OperationName): readonly number[] =>
  Object.keys(documentedOperation(name).responses).map(Number);

const responseOf = (name: OperationName, http: number): Response => {
  const response = documentedOperation(name).responses[String(http)];
  if (response === undefined) expect.fail(`${name} must not answer ${http}: the document has no such response`);
  return resolve(response) as unknown as Response;
};

interface CodeRow {
  readonly code: number;
  readonly status: string;
  readonly http: readonly number[];
}

const codes = document.components.schemas["ApiStatusCode"]?.["x-status-codes"] as readonly CodeRow[];

/** The codes in the document's table. */
export const documentedCodes: readonly number[] = codes.map(({ code }) => code);

const expectHead = (body: Readonly<Record<string, unknown>>, http: number): void => {
  const row = codes.find(({ code }) => code === body["StatusCode"]);
  expect(row?.status, `StatusCode ${String(body["StatusCode"])}`).toBe(body["Status"]);
  const hasOutcomes = http === 200 && "Results" in body;
  if (!hasOutcomes) expect(row?.http, `StatusCode ${String(body["StatusCode"])}`).toContain(http);
};

const expectReadable = (name: OperationName, body: unknown): void => {
  const read = OPERATIONS[name].output.read(body) as Readonly<Record<string, unknown>>;
  for (const rows of Object.values(read)) {
    if (Array.isArray(rows) && "rejected" in rows) expect(rows.rejected, `${name}: rejected rows`).toBe(0);
  }
};

/** Expects one of the answers that the document specifies for this operation: status, headers and body. */
export const expectConforming = (name: OperationName, answer: Answer): Readonly<Record<string, unknown>> => {
  const { headers = {}, content } = responseOf(name, answer.http);
  for (const [header, described] of Object.entries(headers)) {
    const value = answer.headers.get(header);
    const isStreamHeader = header === "X-Row-Count" && answer.mediaType === "application/json";
    if (isStreamHeader) continue;
    expect(value, header).toMatch(/^\d+$/);
    expectValid(`header ${header}`, resolve(described)["schema"] as Schema, Number(value));
  }
  const schema = content[answer.mediaType]?.schema;
  if (schema === undefined) return expect.fail(`${name}: ${answer.http} as ${answer.mediaType}`);
  const isJson = answer.mediaType === "application/json";
  const body: unknown = isJson ? JSON.parse(answer.text) : answer.text;
  expectValid(`${name} ${answer.http} ${answer.mediaType}`, schema, body);
  if (!isJson) return {};
  expectHead(body as Readonly<Record<string, unknown>>, answer.http);
  if (answer.http === 200) expectReadable(name, body);
  return body as Readonly<Record<string, unknown>>;
};

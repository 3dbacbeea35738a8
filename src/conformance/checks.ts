import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { OPERATIONS, type OperationName } from "../contract/operations.ts";
import { contractDocument, type DocumentSchema, resolveReference } from "./document.ts";
import type { ConformanceAnswer } from "./target.ts";

/** An answer differs from the contract. The message says in what, and repeats no body. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
}

/** The gateway lacks what the request names, so that its answer says nothing about the operation. The message says what it answered. */
export class NotComparableError extends Error {
  override readonly name = "NotComparableError";
}

/** The gateway refuses the token that all requests have: none of its answers can be compared. */
export class TokenRefusedError extends Error {
  override readonly name = "TokenRefusedError";
}

/** @throws ConformanceError if the fact does not hold. */
export const requireFact = (holds: boolean, fault: string): void => {
  if (!holds) throw new ConformanceError(fault);
};

const fail = (fault: string): never => {
  throw new ConformanceError(fault);
};

interface DocumentResponse {
  readonly headers?: Readonly<Record<string, DocumentSchema>>;
  readonly content: Readonly<Record<string, { readonly schema: DocumentSchema }>>;
}

const DOCUMENT = "src/contract/gateway-v3.openapi.yaml";

const documentedOperation = (name: OperationName) => {
  const [operation] = Object.values(contractDocument.paths[`/${name}`] ?? {});
  return operation ?? fail(`${name} is not in the contract document: add /${name} to ${DOCUMENT}.`);
};

/** The HTTP statuses that the document specifies for an operation. */
export const statusesOf = (name: OperationName): readonly number[] =>
  Object.keys(documentedOperation(name).responses).map(Number);

const responseOf = (name: OperationName, http: number): DocumentResponse => {
  const response = documentedOperation(name).responses[String(http)];
  if (response === undefined) return fail(`${name} must not answer ${http}: the document has no such response.`);
  const { headers, content } = resolveReference(response);
  return { headers: headers as DocumentResponse["headers"] & object, content: content as DocumentResponse["content"] };
};

interface CodeRow {
  readonly code: number;
  readonly status: string;
  readonly http: readonly number[];
  readonly meaning: string;
}

const codes = contractDocument.components.schemas["ApiStatusCode"]?.["x-status-codes"] as readonly CodeRow[];

/** The codes in the document's table. */
export const documentedCodes: readonly number[] = codes.map(({ code }) => code);

/** What a code means; empty if the document does not have it. */
export const meaningOf = (code: unknown): string => codes.find((row) => row.code === code)?.meaning ?? "";

type AnswerBody = Readonly<Record<string, unknown>>;

const checkHead = (body: AnswerBody, http: number): void => {
  const row = codes.find(({ code }) => code === body["StatusCode"]);
  const name = `StatusCode ${String(body["StatusCode"])}`;
  if (row === undefined) return fail(`${name} is not in the table of the document.`);
  requireFact(row.status === body["Status"], `Status must be ${row.status} with ${name}.`);
  const hasOutcomes = http === 200 && "Results" in body;
  requireFact(hasOutcomes || row.http.includes(http), `${name} must not come with HTTP ${http}.`);
};

const checkReadable = (name: OperationName, body: unknown): void => {
  const read = OPERATIONS[name].output.read(body) as AnswerBody;
  for (const [member, rows] of Object.entries(read)) {
    if (!Array.isArray(rows) || !("rejected" in rows)) continue;
    requireFact(rows.rejected === 0, `${name}: ${String(rows.rejected)} rows of ${member} cannot be read.`);
  }
};

/**
 * Checks that an answer is one of those that the document specifies for an operation: status, headers and body.
 *
 * @returns the body, or an empty object if it is not JSON.
 * @throws ConformanceError
 */
export type CheckAnswer = (name: OperationName, answer: ConformanceAnswer) => AnswerBody;

/** Creates the check, which compiles each schema once. */
export const createAnswerCheck = (): CheckAnswer => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(contractDocument, "gateway", undefined, false);
  const validators = new Map<string, ValidateFunction>();

  const validatorOf = (key: string, schema: DocumentSchema): ValidateFunction => {
    const known = validators.get(key);
    if (known !== undefined) return known;
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"gateway#/components/');
    const validator = ajv.compile(JSON.parse(text) as DocumentSchema);
    validators.set(key, validator);
    return validator;
  };

  const checkValid = (key: string, schema: DocumentSchema, value: unknown): void => {
    const validate = validatorOf(key, schema);
    if (!validate(value)) fail(`${key}: ${ajv.errorsText(validate.errors)}.`);
  };

  const checkHeaders = (headers: Readonly<Record<string, DocumentSchema>>, answer: ConformanceAnswer): void => {
    for (const [header, described] of Object.entries(headers)) {
      const isStreamHeader = header === "X-Row-Count" && answer.mediaType === "application/json";
      if (isStreamHeader) continue;
      const value = answer.headers.get(header);
      requireFact(/^\d+$/.test(value ?? ""), `The header ${header} must be a number.`);
      checkValid(`header ${header}`, resolveReference(described)["schema"] as DocumentSchema, Number(value));
    }
  };

  return (name, answer) => {
    const { headers = {}, content } = responseOf(name, answer.http);
    checkHeaders(headers, answer);
    const schema = content[answer.mediaType]?.schema;
    if (schema === undefined) return fail(`${name} must not answer ${answer.http} as ${answer.mediaType}.`);
    const isJson = answer.mediaType === "application/json";
    const body = bodyOf(answer, isJson);
    checkValid(`${name} ${answer.http} ${answer.mediaType}`, schema, body);
    if (!isJson) return {};
    checkHead(body as AnswerBody, answer.http);
    if (answer.http === 200) checkReadable(name, body);
    return body as AnswerBody;
  };
};

const bodyOf = ({ text }: ConformanceAnswer, isJson: boolean): unknown => {
  if (!isJson) return text;
  try {
    return JSON.parse(text);
  } catch {
    return fail("The body must be JSON.");
  }
};

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isMembers } from "../contract/lookup.ts";

/** A JSON Schema of the contract document, or another of its objects. */
export type DocumentSchema = Readonly<Record<string, unknown>>;

/** What has a body. */
export interface DocumentBody {
  readonly content?: Readonly<Record<string, { readonly schema: DocumentSchema }>>;
}

/** An operation or a webhook as the document describes it. */
export interface DocumentOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly "x-mode"?: string;
  readonly parameters?: readonly DocumentSchema[];
  readonly requestBody?: DocumentBody;
  readonly responses: Readonly<Record<string, DocumentSchema>>;
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;
  readonly components: Readonly<Record<"schemas" | "responses", Readonly<Record<string, DocumentSchema>>>>;
}

const file = new URL("../contract/gateway-v3.openapi.yaml", import.meta.url);

/** The contract of the gateway. */
export const contractDocument = parse(readFileSync(file, "utf8")) as OpenApiDocument;

/** Whether a part of the document is an object. */
export const isDocumentSchema = (value: unknown): value is DocumentSchema => isMembers(value);

const partAt = (path: string): unknown =>
  path.split("/").reduce<unknown>((node, key) => {
    const next = isDocumentSchema(node) ? node[key] : undefined;
    if (next === undefined) throw new Error(`The document must contain #/${path}.`);
    return next;
  }, contractDocument);

/** Resolves a `$ref`, and keeps the keywords next to it. */
export const resolveReference = (schema: DocumentSchema): DocumentSchema => {
  const { $ref, ...siblings } = schema;
  if (typeof $ref !== "string") return schema;
  return { ...resolveReference(partAt($ref.slice(2)) as DocumentSchema), ...siblings };
};

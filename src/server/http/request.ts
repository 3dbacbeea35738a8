import type { IncomingMessage } from "node:http";

/** What a request asks to be executed. */
export interface GraphQLParams {
  /** Empty where a stored document is named. */
  readonly query: string;
  /** Names a stored document; so may `extensions`. */
  readonly documentId?: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

/** A request that cannot be executed, with what to tell its sender; nothing of the request stands in it. */
export class BadRequestError extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const parseJson = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequestError(`${what} is not JSON.`);
  }
};

const MEMBERS = new Set(["query", "documentId", "operationName", "variables", "extensions"]);

const optionalObject = (value: unknown, name: string): Record<string, unknown> | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new BadRequestError(`\`${name}\` has to be a JSON object.`);
  return value;
};

/** Whether these, which are sent beside a document, may name a stored one. */
export const namesDocument = (documentId: unknown, extensions: Json | null | undefined): boolean =>
  documentId != null || extensions?.["persistedQuery"] != null;

const parseParams = ({ query, documentId, operationName, variables, extensions }: Json): GraphQLParams => {
  const isMissing = query === undefined || query === null || query === "";
  if (isMissing && !namesDocument(documentId, optionalObject(extensions, "extensions")))
    throw new BadRequestError("A GraphQL document is missing: send it as `query`.");
  if (!isMissing && typeof query !== "string") throw new BadRequestError("`query` has to be a string.");
  if (documentId != null && typeof documentId !== "string")
    throw new BadRequestError("`documentId` has to be a string.");
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string") {
    throw new BadRequestError("`operationName` has to be a string.");
  }
  const given = {
    variables: optionalObject(variables, "variables"),
    extensions: optionalObject(extensions, "extensions"),
  };
  return {
    query: isMissing ? "" : query,
    ...(documentId == null ? {} : { documentId }),
    ...(operationName ? { operationName } : {}),
    ...(given.variables === undefined ? {} : { variables: given.variables }),
    ...(given.extensions === undefined ? {} : { extensions: given.extensions }),
  };
};

/** Reads the body of a POST. Throws BadRequest. */
export const parseBody = (body: Buffer): GraphQLParams => {
  const value = parseJson(body.toString("utf8"), "The body");
  if (Array.isArray(value))
    throw new BadRequestError("One operation per request: the body has to be a JSON object, a list came.");
  if (!isObject(value)) throw new BadRequestError("The body has to be a JSON object.");
  if (Object.keys(value).some((name) => !MEMBERS.has(name))) {
    throw new BadRequestError(
      "The body has a member that is none of query, documentId, operationName, variables, extensions.",
    );
  }
  return parseParams(value);
};

/** Reads the query string of a GET. Throws BadRequest. */
export const parseSearch = (search: URLSearchParams): GraphQLParams => {
  const json = (name: string) => {
    const text = search.get(name);
    return text === null || text === "" ? undefined : parseJson(text, `\`${name}\``);
  };
  return parseParams({
    query: search.get("query"),
    documentId: search.get("documentId"),
    operationName: search.get("operationName"),
    variables: json("variables"),
    extensions: json("extensions"),
  });
};

/** Only JSON in UTF-8, and not packed: other types reach a server from any page without a preflight. */
export const checkContentType = ({ headers }: IncomingMessage): void => {
  const [type = "", ...parameters] = (headers["content-type"] ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters
    .find((part) => part.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (type !== "application/json") throw new BadRequestError("The body has to be application/json.", 415);
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8")
    throw new BadRequestError("The body has to be UTF-8.", 415);
  if ((headers["content-encoding"] ?? "identity") !== "identity")
    throw new BadRequestError("The body may not be packed.", 415);
};

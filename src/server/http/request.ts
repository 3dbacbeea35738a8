import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { isMembers, type Members } from "../../contract/lookup.ts";

/** The parameters of a GraphQL request. */
export interface GraphQLParams {
  /** Empty if the request names a persisted document. */
  readonly query: string;
  /** The id of a persisted document, which may also be in `extensions`. */
  readonly documentId?: string | undefined;
  readonly operationName?: string | undefined;
  readonly variables?: Record<string, unknown> | undefined;
  readonly extensions?: Record<string, unknown> | undefined;
}

/** A request that cannot be executed. The message is for the client and repeats nothing of the request. */
export class BadRequestError extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** Some tools write a byte order mark at the beginning of a file or a body. It is no part of the text. */
export const withoutByteOrderMark = (text: string): string => (text.startsWith("\uFEFF") ? text.slice(1) : text);

/** @throws BadRequestError that names what is not JSON. */
export const parseJsonText = (text: string, name: string): unknown => {
  try {
    return JSON.parse(withoutByteOrderMark(text));
  } catch {
    throw new BadRequestError(`${name} must be JSON.`);
  }
};

const optionalObject = (value: unknown, name: string): Record<string, unknown> | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!isMembers(value)) throw new BadRequestError(`\`${name}\` must be a JSON object.`);
  return value;
};

/** Returns whether a request names a persisted document. */
export const namesDocument = (documentId: unknown, extensions: Members | null | undefined): boolean =>
  documentId != null || extensions?.["persistedQuery"] != null;

const parseParams = ({ query, documentId, operationName, variables, extensions }: Members): GraphQLParams => {
  const isMissing = query === undefined || query === null || query === "";
  if (isMissing && !namesDocument(documentId, optionalObject(extensions, "extensions")))
    throw new BadRequestError("`query` is required: it contains the GraphQL document.");
  if (!isMissing && typeof query !== "string") throw new BadRequestError("`query` must be a string.");
  if (documentId != null && typeof documentId !== "string") throw new BadRequestError("`documentId` must be a string.");
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string") {
    throw new BadRequestError("`operationName` must be a string.");
  }
  return {
    query: isMissing ? "" : query,
    documentId: documentId ?? undefined,
    operationName: operationName || undefined,
    variables: optionalObject(variables, "variables"),
    extensions: optionalObject(extensions, "extensions"),
  };
};

/**
 * Parses the body of a POST request. Members that are not of GraphQL are ignored, as the specification requires: clients add their own.
 *
 * @throws BadRequestError
 */
export const parseBody = (body: Buffer): GraphQLParams => {
  if (!isUtf8(body)) throw new BadRequestError("The body must be UTF-8.");
  const value = parseJsonText(body.toString("utf8"), "The body");
  if (Array.isArray(value))
    throw new BadRequestError("The body must be a JSON object with one operation; received a list.");
  if (!isMembers(value)) throw new BadRequestError("The body must be a JSON object.");
  return parseParams(value);
};

/**
 * Whether a query string encodes UTF-8. Its parser replaces what does not by U+FFFD: only where that occurs, a strict one follows.
 */
const isUtf8Search = (search: URLSearchParams, url: string): boolean => {
  if (![...search.values()].some((value) => value.includes("\uFFFD"))) return true;
  try {
    decodeURIComponent(url.slice(url.indexOf("?") + 1));
    return true;
  } catch {
    return false;
  }
};

/**
 * Parses the query string of a GET request; `url` is the request's target, which contains it.
 *
 * @throws BadRequestError
 */
export const parseSearch = (search: URLSearchParams, url = ""): GraphQLParams => {
  if (!isUtf8Search(search, url)) throw new BadRequestError("The query string must encode UTF-8.");
  const json = (name: string) => {
    const text = search.get(name);
    return text === null || text === "" ? undefined : parseJsonText(text, `\`${name}\``);
  };
  return parseParams({
    query: search.get("query"),
    documentId: search.get("documentId"),
    operationName: search.get("operationName"),
    variables: json("variables"),
    extensions: json("extensions"),
  });
};

/**
 * Accepts uncompressed JSON in UTF-8 only: any page can send other types without a preflight request.
 *
 * @throws BadRequestError
 */
export const checkContentType = ({ headers }: IncomingMessage): void => {
  if (headers["content-type"] === "application/json" && headers["content-encoding"] === undefined) return;
  const [type = "", ...parameters] = (headers["content-type"] ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters
    .find((part) => part.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (type !== "application/json") throw new BadRequestError("The content type must be application/json.", 415);
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8")
    throw new BadRequestError("The charset must be UTF-8.", 415);
  if ((headers["content-encoding"] ?? "identity") !== "identity")
    throw new BadRequestError("The body must not be compressed.", 415);
};

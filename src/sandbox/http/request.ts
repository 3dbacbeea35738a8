import type { IncomingMessage } from "node:http";
import { Refusal } from "../handler.ts";
import type { OperationName } from "../../contract/operations.ts";
import { plainMembers, type TextReader } from "./text.ts";

const BODY_LIMIT = 4 * 1024 * 1024;

/** The content of a request before validation. */
export interface RequestContent {
  /** The members as received. */
  readonly plain: Readonly<Record<string, unknown>>;
  /** The members converted to the operation's types where they arrived as text. */
  readonly typed: (operation: OperationName) => Readonly<Record<string, unknown>>;
  /** Every token in the request, from any source. */
  readonly tokens: readonly unknown[];
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  if (Number(request.headers["content-length"] ?? 0) > BODY_LIMIT) throw tooLarge(request);
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving a plain `for await` destroys the socket, so the refusal could not be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw tooLarge(request);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const tooLarge = (request: IncomingMessage): Refusal => {
  request.resume();
  return new Refusal("outOfLimits", `The body must not exceed ${BODY_LIMIT} bytes.`);
};

const decoder = new TextDecoder("utf-8", { fatal: true });

const decode = (body: Buffer): string => {
  try {
    return decoder.decode(body);
  } catch {
    throw new Refusal("unreadableBody", "The body must be UTF-8.");
  }
};

const parseJson = (text: string): Readonly<Record<string, unknown>> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal("unreadableBody", "The body must be JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("unreadableBody", "The body must be a JSON object.");
  }
  return value as Readonly<Record<string, unknown>>;
};

type Members = Readonly<Record<string, unknown>>;

const refuseHeader = (request: IncomingMessage, message: string, field: string): Refusal => {
  request.resume();
  return new Refusal("invalidRequestInfo", message, { field });
};

const readContent = async (request: IncomingMessage): Promise<{ form: URLSearchParams } | { json: Members }> => {
  const mediaType = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  const isForm = mediaType === "application/x-www-form-urlencoded";
  if (!isForm && mediaType !== "application/json") {
    throw refuseHeader(
      request,
      "Content-Type must be application/json or application/x-www-form-urlencoded.",
      "Content-Type",
    );
  }
  if (request.headers["content-encoding"] !== undefined) {
    throw refuseHeader(request, "The body must not be compressed.", "Content-Encoding");
  }
  const text = decode(await readBody(request));
  return isForm ? { form: new URLSearchParams(text) } : { json: parseJson(text) };
};

/** The operation that a request target names: the last segment of its path. */
export const operationIn = (target: string): string =>
  target
    .split("?", 1)[0]
    ?.split("/")
    .findLast((part) => part !== "") ?? "";

/** The query of a request target. */
export const queryIn = (target: string): URLSearchParams => {
  const start = target.indexOf("?");
  return new URLSearchParams(start === -1 ? "" : target.slice(start + 1));
};

/**
 * Reads query and body.
 * @throws Refusal if the body cannot be parsed.
 */
export const readRequest = async (request: IncomingMessage, readText: TextReader): Promise<RequestContent> => {
  const query = queryIn(request.url ?? "/");
  const headerAndQuery = [request.headers["auth-token"], ...query.getAll("AuthToken")].filter(
    (token) => token !== undefined,
  );
  if (request.method !== "POST") {
    const typed = (operation: OperationName) => readText(query, operation, "query");
    return { plain: plainMembers(query), typed, tokens: headerAndQuery };
  }
  const content = await readContent(request);
  if ("form" in content) {
    const typed = (operation: OperationName) => readText(content.form, operation, "form");
    return {
      plain: plainMembers(content.form),
      typed,
      tokens: [...headerAndQuery, ...content.form.getAll("AuthToken")],
    };
  }
  const { AuthToken } = content.json;
  const tokens = AuthToken === undefined ? headerAndQuery : [...headerAndQuery, AuthToken];
  return { plain: content.json, typed: () => content.json, tokens };
};

import { ErrorEnvelope } from "../contract/envelope.ts";
import { parseJson } from "../contract/json.ts";
import { OLDER_NAMES } from "../contract/older-names.ts";
import { OPERATIONS, type OperationName, type Output } from "../contract/operations.ts";
import { wordOf } from "../contract/padding.ts";
import { STATUS, type StatusName, statusNameIn } from "../contract/status.ts";
import { textOf } from "../contract/text.ts";
import { DecodeError, type Rows } from "../contract/codec.ts";
import { isInt32 } from "../contract/values.ts";
import { onlyAsked } from "./asked.ts";
import { onlyAskedCommands } from "./asked-commands.ts";
import type { Scrub } from "../runtime/redact.ts";
import { GatewayError, type GatewayErrorCode, type GatewayErrorFacts } from "./errors.ts";
import type { GatewayRequest } from "./request.ts";
import type { HttpAnswer, HttpHeaders } from "./transport.ts";

/**
 * Reads an HTTP answer as the operation's output: what was asked for, without the secrets that the gateway echoes in any of its
 * texts.
 * @throws {GatewayError} if the answer is an error, cannot be read, or is about something else.
 */
export const readAnswer = (
  { operation, asked, commands }: GatewayRequest,
  { status, headers, body }: HttpAnswer,
  scrub: Scrub,
): unknown => {
  const { output } = OPERATIONS[operation];
  const value = parseAnswer(body, headers, scrub);
  const isCommand = hasCommands(operation);
  if (isFailure(status, value, isCommand)) throw errorFromAnswer(operation, status, headers, value);
  try {
    const answer = output.read(value, { rejected: 0, onDemand: true, asked: asked?.input });
    if (isCommand && isWithoutCommands(answer) && isFailure(status, value, false))
      throw errorFromAnswer(operation, status, headers, value);
    if (commands !== null) return onlyAskedCommands(answer as Output<"GetCommandStatus">, commands);
    return asked === null ? answer : onlyAsked(answer, asked);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (isCommand && isFailure(status, value, false)) throw errorFromAnswer(operation, status, headers, value);
    throw invalidResponse(operation, error.path);
  }
};

/** Escapes of ASCII characters, which hide a value from the scrubber. Few senders write them. */
const ASCII_ESCAPE = /\\u00[2-7]/;

/** Parses a body, without the secrets in it; undefined if it is not JSON. */
export const parseAnswer = (body: Buffer, headers: HttpHeaders, scrub: Scrub): unknown => {
  try {
    const text = scrub(textOf(body, String(headers["content-type"] ?? "")));
    // In UTF-16, which has zeros, digits have other bytes than those that are looked for.
    const value = parseJson(text, body.includes(0) ? undefined : body);
    return text.includes("\\u00") && ASCII_ESCAPE.test(text) ? JSON.parse(scrub(JSON.stringify(value))) : value;
  } catch {
    return undefined;
  }
};

/** Whether the answer to an operation has commands, of which 409 and codes of their own say no failure of the call. */
const hasCommands = (operation: OperationName): boolean =>
  OPERATIONS[operation].mode === "command" || operation === "GetCommandStatus";

/** The members of answers that have commands. */
interface CommandRows {
  readonly Results?: Rows<unknown> | undefined;
  readonly Command?: object | undefined;
  readonly Commands?: Rows<unknown> | undefined;
}

const isWithoutCommands = (answer: unknown): boolean => {
  const { Results, Command, Commands } = answer as CommandRows;
  const rows = Results ?? Commands;
  return Command === undefined && (rows === undefined || rows.length + rows.rejected === 0);
};

/** A 409 accepts a command. A gateway may also refuse in the body of a 200, or confirm with another status of success. */
const isFailure = (status: number, value: unknown, isCommand: boolean): boolean => {
  const isSuccess = status >= 200 && status < 300;
  if (isCommand && (isSuccess || status === 409)) return false;
  return !isSuccess || !(isDone(value) || saysDone(value));
};

/** Most answers have `StatusCode: 0` in the contract's spelling. Only the others are read as an envelope. */
const isDone = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "StatusCode" in value && value.StatusCode === STATUS.done.code;

/** An answer that has no status, or a text alone that is not known, is a success as its HTTP status says. */
const saysDone = (value: unknown): boolean => {
  const { StatusCode = null, Status = null } = readEnvelope(value) ?? {};
  return (StatusCode ?? STATUS[statusNameIn(null, Status) ?? "done"].code) === STATUS.done.code;
};

const readEnvelope = (value: unknown) => {
  try {
    return ErrorEnvelope.read(value);
  } catch {
    return undefined;
  }
};

/** A read that failed had no effect that anybody could wonder about. */
export const mayHaveEffect = (operation: OperationName): boolean => OPERATIONS[operation].safety !== "read";

/** A proxy, or the client of one, has not waited for the answer: the request may have had its effect. */
const NOT_WAITED_FOR: ReadonlySet<number> = new Set([408, 499]);

/** The HTTP status that an answer means. Beside commands, 409 says as little as 200: the code of the gateway decides. */
const meantHttp = (operation: OperationName, http: number, known: StatusName | undefined): number =>
  known !== undefined && (http < 300 || (http === 409 && hasCommands(operation)))
    ? (STATUS[known].http.at(-1) ?? http)
    : http;

/**
 * Only a refusal says that nothing was done. A 409 accepts a command, and so do codes of the gateway that no refusal has, whatever the HTTP
 * status beside them.
 */
const isRefusal = (operation: OperationName, http: number, known: StatusName | undefined): boolean => {
  const isClientError = (status: number) => status >= 400 && status < 500 && !NOT_WAITED_FOR.has(status);
  if (!isClientError(http) || !hasCommands(operation)) return isClientError(http);
  const meant: readonly number[] = known === undefined ? [http] : STATUS[known].http;
  return meant.some((status) => isClientError(status) && status !== 409);
};

/** Returns the error for an unsuccessful answer; `value` is its body. */
export const errorFromAnswer = (
  operation: OperationName,
  http: number,
  headers: HttpHeaders,
  value: unknown,
): GatewayError => {
  const envelope = readEnvelope(value);
  const reported = envelope?.StatusCode ?? undefined;
  const code = reported !== undefined && isInt32(reported) ? reported : undefined;
  const known = statusNameIn(reported, envelope?.Status);
  const status = meantHttp(operation, http, known);
  const isRefused = isRefusal(operation, status, known);
  const facts: GatewayErrorFacts = {
    operation,
    status: known,
    statusCode: code,
    field: memberOf(operation, envelope?.Field ?? ""),
    retryAfterSeconds:
      retryAfter(headers) ??
      (envelope?.RetryAfterSeconds == null ? undefined : clampSeconds(envelope.RetryAfterSeconds)),
    ambiguous: !isRefused && mayHaveEffect(operation),
  };
  const isUnavailable = status >= 500 || NOT_WAITED_FOR.has(status);
  const failure = isUnavailable ? "UPSTREAM_UNAVAILABLE" : "UPSTREAM_INVALID_RESPONSE";
  const errorCode = isRefused ? refusalCodeOf(status, known, envelope !== undefined) : failure;
  return new GatewayError(errorCode, messageOf(errorCode, facts), facts);
};

/** Returns the error for an answer that cannot be read; `path` names the member. */
export const invalidResponse = (operation: OperationName, path = ""): GatewayError =>
  new GatewayError(
    "UPSTREAM_INVALID_RESPONSE",
    `The gateway's answer to ${operation} could not be read${path === "" ? "" : ` (${path})`}.`,
    { operation, ambiguous: mayHaveEffect(operation) },
  );

const refusalCodeOf = (http: number, known: StatusName | undefined, readable: boolean): GatewayErrorCode => {
  if (http === 401) return "UPSTREAM_UNAUTHENTICATED";
  if (http === 403) return "UPSTREAM_NOT_ALLOWED";
  if (http === 404) return codeOfAbsence(known);
  if (http === 429) return "UPSTREAM_RATE_LIMITED";
  return readable ? "UPSTREAM_REFUSED" : "UPSTREAM_INVALID_RESPONSE";
};

/** A 404 of a proxy says nothing about a person or a device: only a status of the gateway does. */
const codeOfAbsence = (known: StatusName | undefined): GatewayErrorCode => {
  if (known === undefined) return "UPSTREAM_INVALID_RESPONSE";
  const statuses: readonly number[] = STATUS[known].http;
  return statuses.includes(404) ? "UPSTREAM_NOT_FOUND" : "UPSTREAM_REFUSED";
};

type Message = (operation: string, facts: GatewayErrorFacts) => string;

const withField = ({ field }: GatewayErrorFacts, preposition: string): string =>
  field === undefined ? "" : ` ${preposition} ${field}`;

const MESSAGES: Readonly<Record<GatewayErrorCode, Message>> = {
  UPSTREAM_UNAUTHENTICATED: (operation) =>
    `The gateway rejected this service's own token for ${operation}; its operator must renew it.`,
  UPSTREAM_NOT_ALLOWED: (operation) => `The gateway's plan or license does not allow ${operation}.`,
  UPSTREAM_NOT_FOUND: (operation, facts) => `${operation} found nothing${withField(facts, "for")}.`,
  UPSTREAM_REFUSED: (operation, facts) => `The gateway refused ${operation}${withField(facts, "because of")}.`,
  UPSTREAM_RATE_LIMITED: (operation, { retryAfterSeconds }) => {
    const retry = retryAfterSeconds === undefined ? "" : `; try again in ${retryAfterSeconds} s`;
    return `The gateway accepts no more calls now for ${operation}${retry}.`;
  },
  UPSTREAM_UNAVAILABLE: (operation) => `The gateway failed on ${operation}.`,
  UPSTREAM_INVALID_RESPONSE: (operation) => `The gateway's answer to ${operation} could not be read.`,
};

const messageOf = (code: GatewayErrorCode, facts: GatewayErrorFacts): string => {
  const status = facts.status === undefined ? "" : ` (${STATUS[facts.status].status})`;
  return MESSAGES[code](`${facts.operation}${status}`, facts);
};

/** The member of the request that a refusal names, in any spelling; undefined if the request has no such member. */
const memberOf = (operation: OperationName, field: string): string | undefined => {
  const word = wordOf(field);
  const older: Readonly<Record<string, string>> = OLDER_NAMES;
  return Object.keys(OPERATIONS[operation].input.shape).find(
    (name) => name.toLowerCase() === word || older[name]?.toLowerCase() === word,
  );
};

/** The longest wait that GraphQL can serve as `Int`, in seconds. */
const MAX_RETRY_AFTER_SECONDS = 2_147_483_647;

const clampSeconds = (seconds: number): number => Math.min(Math.max(0, seconds), MAX_RETRY_AFTER_SECONDS);

const retryAfter = (headers: HttpHeaders): number | undefined => {
  const header = headers["retry-after"];
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return clampSeconds(Number(value));
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : clampSeconds(Math.ceil((at - Date.now()) / 1000));
};

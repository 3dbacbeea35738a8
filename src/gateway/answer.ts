import { ErrorEnvelope } from "../contract/envelope.ts";
import { OPERATIONS, type OperationName } from "../contract/operations.ts";
import { STATUS, statusName } from "../contract/status.ts";
import { DecodeError, isInt32 } from "../contract/codec.ts";
import { GatewayError, type GatewayErrorCode, type GatewayErrorFacts } from "./errors.ts";
import type { HttpAnswer, HttpHeaders } from "./transport.ts";

/** Turns an HTTP answer into the operation's output, or throws the GatewayError it stands for. */
export const readAnswer = (operation: OperationName, { status, headers, body }: HttpAnswer): unknown => {
  const { mode, output } = OPERATIONS[operation];
  const value = parseJson(body);
  if (isFailure(status, value, mode === "command")) throw failure(operation, status, headers, value);
  try {
    return output.read(value);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw invalidResponse(operation, error.path);
  }
};

const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
};

/** 409 is acceptance for a command. A gateway may also say its refusal in the body of a 200. */
const isFailure = (status: number, value: unknown, isCommand: boolean): boolean => {
  if (isCommand && (status === 200 || status === 409)) return false;
  return status !== 200 || (errorCode(value) ?? STATUS.done.code) !== STATUS.done.code;
};

const errorCode = (value: unknown): number | undefined => readEnvelope(value)?.StatusCode ?? undefined;

const readEnvelope = (value: unknown) => {
  try {
    return ErrorEnvelope.read(value);
  } catch {
    return undefined;
  }
};

/** The GatewayError that an unsuccessful answer stands for. */
export const failure = (operation: OperationName, http: number, headers: HttpHeaders, value: unknown): GatewayError => {
  const envelope = readEnvelope(value);
  const reported = envelope?.StatusCode ?? undefined;
  const code = reported !== undefined && isInt32(reported) ? reported : undefined;
  const known = code === undefined ? undefined : statusName(code);
  const status = http === 200 && known !== undefined ? STATUS[known].http[0] : http;
  const facts: GatewayErrorFacts = {
    operation,
    status: known,
    statusCode: code,
    field: memberName(envelope?.Field),
    retryAfterSeconds: retryAfter(headers) ?? envelope?.RetryAfterSeconds ?? undefined,
    ambiguous: http >= 500,
  };
  const kind = status === undefined ? "UPSTREAM_INVALID_RESPONSE" : kindOf(status, envelope !== undefined);
  return new GatewayError(kind, sentence(kind, facts), facts);
};

export const invalidResponse = (operation: OperationName, path = ""): GatewayError =>
  new GatewayError(
    "UPSTREAM_INVALID_RESPONSE",
    `The gateway's answer to ${operation} could not be read${path === "" ? "" : ` (${path})`}.`,
    { operation, ambiguous: true },
  );

const kindOf = (http: number, readable: boolean): GatewayErrorCode => {
  if (http === 401) return "UPSTREAM_UNAUTHENTICATED";
  if (http === 403) return "UPSTREAM_NOT_ALLOWED";
  if (http === 404 && readable) return "UPSTREAM_NOT_FOUND";
  if (http === 429) return "UPSTREAM_RATE_LIMITED";
  if (http >= 500) return "UPSTREAM_UNAVAILABLE";
  return http >= 400 && readable ? "UPSTREAM_REFUSED" : "UPSTREAM_INVALID_RESPONSE";
};

type Sentence = (what: string, facts: GatewayErrorFacts) => string;

const because = ({ field }: GatewayErrorFacts, word: string): string =>
  field === undefined ? "" : ` ${word} ${field}`;

const SENTENCES: Readonly<Record<GatewayErrorCode, Sentence>> = {
  UPSTREAM_UNAUTHENTICATED: (what) =>
    `The gateway refused this service's own token for ${what}; its operator has to renew it.`,
  UPSTREAM_NOT_ALLOWED: (what) => `The gateway's plan or licence does not allow ${what}.`,
  UPSTREAM_NOT_FOUND: (what, facts) => `${what} found nothing${because(facts, "for")}.`,
  UPSTREAM_REFUSED: (what, facts) => `The gateway refused ${what}${because(facts, "because of")}.`,
  UPSTREAM_RATE_LIMITED: (what, { retryAfterSeconds }) =>
    `The gateway takes no more calls now for ${what}${retryAfterSeconds === undefined ? "" : `; try again in ${retryAfterSeconds} s`}.`,
  UPSTREAM_UNAVAILABLE: (what) => `The gateway failed on ${what}.`,
  UPSTREAM_INVALID_RESPONSE: (what) => `The gateway's answer to ${what} could not be read.`,
};

const sentence = (code: GatewayErrorCode, facts: GatewayErrorFacts): string => {
  const named = facts.status === undefined ? "" : ` (${STATUS[facts.status].status})`;
  return SENTENCES[code](`${facts.operation}${named}`, facts);
};

const memberName = (field: string | null | undefined): string | undefined =>
  field != null && /^[A-Za-z]{1,40}$/.test(field) ? field : undefined;

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

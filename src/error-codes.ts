/** One code that clients see in `extensions.code` of a GraphQL error. */
export interface ErrorCodeEntry {
  /**
   * HTTP statuses of a response that has no data because of this error, the usual one first. 200 stands for errors that only
   * occur beside data; an empty list for errors that are never part of an HTTP response.
   */
  readonly statuses: readonly number[];
  /** What it means, as a Markdown fragment. */
  readonly meaning: string;
  /** What a client or an operator does next, as a Markdown fragment. */
  readonly next: string;
}

/** Every code of a GraphQL error. `docs/errors.md` is generated from this table, in this order. */
export const ERROR_CODES = {
  BAD_USER_INPUT: {
    statuses: [400],
    meaning:
      "An argument or a variable is invalid. `extensions.argument` names the argument of the field, also for a variable that fills it; " +
      "it is absent if a variable fills none, or several of different names. If this server detects it, the gateway is not called.",
    next: "Correct the argument.",
  },
  FORBIDDEN: {
    statuses: [400],
    meaning: "The caller lacks the scopes in `extensions.scopes`. The rest of the query is answered.",
    next: "Ask for the scopes.",
  },
  NOT_FOUND: {
    statuses: [400],
    meaning: "The object that an argument names does not exist.",
    next: "Correct the argument.",
  },
  GRAPHQL_PARSE_FAILED: {
    statuses: [400],
    meaning: "The document is not valid GraphQL, or it is too long.",
    next: "Correct the document.",
  },
  GRAPHQL_VALIDATION_FAILED: {
    statuses: [400],
    meaning: "The document does not match the schema, is too deep, or has too many aliases or commands.",
    next: "Correct the document, or request less in one operation.",
  },
  OPERATION_RESOLUTION_FAILURE: {
    statuses: [400],
    meaning:
      "The document has several operations and the request names none of them, or it names one that the document does not have.",
    next: "Set `operationName` to an operation of the document.",
  },
  BAD_REQUEST: {
    statuses: [400, 405, 406, 413, 415],
    meaning: "The request is not a GraphQL request, or a document was sent with the hash of another one.",
    next: "Correct the client.",
  },
  QUERY_TOO_EXPENSIVE: {
    statuses: [400],
    meaning:
      "The operation costs more than one operation may; `extensions.cost` has both numbers ([limits](limits.md)).",
    next: "Request smaller pages, or fewer fields of each row.",
  },
  INTROSPECTION_NOT_ALLOWED: {
    statuses: [400],
    meaning: "This caller is not allowed to read the schema.",
    next: "Use `schema.graphql`, or send an API key or a token.",
  },
  PERSISTED_OPERATION_REQUIRED: {
    statuses: [400],
    meaning: "This server executes stored documents only, and the requested document is not stored.",
    next: "Send the hash of a stored document, or have the document stored.",
  },
  PERSISTED_QUERY_NOT_FOUND: {
    statuses: [400],
    meaning: "No document with this hash is stored.",
    next: "Send the document. Clients that persist queries do so by themselves.",
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    statuses: [400],
    meaning: "This server stores no documents.",
    next: "Send the document. Clients that persist queries do so by themselves.",
  },
  TOO_MANY_REQUESTS: {
    statuses: [429],
    meaning: "The caller has as many queries and mutations in progress as it may.",
    next: "Wait for one to end.",
  },
  RATE_LIMITED: {
    statuses: [429],
    meaning:
      "The caller has sent as many commands for doors or credentials as it may within a minute; nothing was sent to any device.",
    next: "Try again after `extensions.retryAfter` seconds.",
  },
  UNAUTHENTICATED: {
    statuses: [401],
    meaning:
      "The request has no valid API key or token, or lacks a [router's signature](federation.md#router-only); only the log has the reason.",
    next: "Send a valid API key or token. A WebSocket is closed with a [code](events.md#messages) instead.",
  },
  ORIGIN_NOT_ALLOWED: {
    statuses: [403],
    meaning:
      "The origin of the page is not allowed; or, without [access control](access.md), the request is for a host other than this machine.",
    next: "Add the origin to `ACCESS_ORIGINS`.",
  },
  UPSTREAM_UNAUTHENTICATED: {
    statuses: [200],
    meaning: "The gateway rejects this server's own token.",
    next: "Inform the operator; callers cannot correct this.",
  },
  UPSTREAM_NOT_ALLOWED: {
    statuses: [200],
    meaning: "The gateway's plan or license excludes this operation or device.",
    next: "Ask the owner of the account.",
  },
  UPSTREAM_NOT_FOUND: {
    statuses: [200],
    meaning: "The gateway does not know the object that was named.",
    next: "Correct the name.",
  },
  UPSTREAM_REFUSED: {
    statuses: [200],
    meaning: "The gateway rejected the request; `extensions.field` names the field, if the gateway reported one.",
    next: "Correct the request.",
  },
  UPSTREAM_RATE_LIMITED: {
    statuses: [200],
    meaning: "There are too many calls to the gateway, even after waiting, or so many that waiting would not help.",
    next: "Try again after `extensions.retryAfter` seconds.",
  },
  UPSTREAM_UNAVAILABLE: {
    statuses: [200],
    meaning:
      "The gateway failed or did not respond in time, also after retries; or it, or the device, failed too recently to be called.",
    next: "Try again later.",
  },
  UPSTREAM_INVALID_RESPONSE: {
    statuses: [200],
    meaning:
      "The gateway's response could not be read, or is about another person, device or command. Beside data: rows that cannot be " +
      "read, or that are of other people, devices, doors or kinds than were asked for, were left out, which the message counts; " +
      "or what the gateway reports for the field at `path` is missing, cannot be read, or is not enough to compute an " +
      "instant.",
    next: "Inform the operator.",
  },
  EVENTS_UNAVAILABLE: {
    statuses: [200],
    meaning: "The event log is unavailable.",
    next: "Try again.",
  },
  IDEMPOTENCY_UNAVAILABLE: {
    statuses: [200],
    meaning: "The store of idempotency keys is unavailable. Nothing was sent to any device.",
    next: "Try again, with the same key.",
  },
  TOO_MANY_SUBSCRIPTIONS: {
    statuses: [429, 503],
    meaning:
      "A WebSocket has as many operations as it may, or a caller (429) or this instance (503) has as many subscriptions as it may.",
    next: "Open fewer.",
  },
  CALLBACK_NOT_ALLOWED: {
    statuses: [403],
    meaning: "A router requested events at a URL that is not among the configured ones, or none is configured.",
    next: "Ask the operator, see [federation](federation.md).",
  },
  CALLBACK_UNCONFIRMED: {
    statuses: [502],
    meaning: "The URL at which a router requested events did not confirm the subscription.",
    next: "Correct the router; the log has the reason.",
  },
  SIGNATURE_UNCHECKED: {
    statuses: [503],
    meaning:
      "Redis is unavailable, so this server cannot check whether a signature was used before. Nothing was executed.",
    next: "Try again, with another signature.",
  },
  SUBSCRIPTION_EXISTS: {
    statuses: [409],
    meaning: "A router requested a subscription with the ID of an open one.",
    next: "Use a unique ID for each subscription.",
  },
  SUBSCRIPTION_INTERRUPTED: {
    statuses: [],
    meaning: "A subscription by HTTP callback ended before it was complete.",
    next: "Subscribe again.",
  },
  SERVER_STOPPING: {
    statuses: [503],
    meaning:
      "This instance is stopping. If it ends a subscription, `extensions.cursor` is the position to continue from, where it is known.",
    next: "Subscribe again.",
  },
  INTERNAL_SERVER_ERROR: {
    statuses: [500],
    meaning: "This server has a defect; `extensions.requestId` finds it in the log. Beside data the status is 200.",
    next: "Report it.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;

/** The code of a GraphQL error. */
export type ErrorCode = keyof typeof ERROR_CODES;

declare module "graphql" {
  interface GraphQLErrorExtensions {
    /** A code of the table: a misspelled one does not compile. */
    code?: ErrorCode;
  }
}

const DEFAULT_STATUS = 400;

/**
 * The usual HTTP status of a response without data because of an error with this code. Codes of libraries that are not in the
 * table have the status 400.
 */
export const usualStatusOf = (code: ErrorCode): number => {
  const entry: ErrorCodeEntry | undefined = ERROR_CODES[code];
  return entry?.statuses[0] ?? DEFAULT_STATUS;
};

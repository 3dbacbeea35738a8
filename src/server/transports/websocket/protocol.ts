import { CloseCode, type Message, parseMessage, type SubscribePayload } from "graphql-ws";
import type { GraphQLParams } from "../../http/request.ts";

/** One close code of this server. */
export interface CloseCodeEntry {
  readonly code: number;
  /** Each reason for which a socket is closed with it, as a Markdown fragment. */
  readonly meanings: readonly string[];
  /** Whether a client should connect again, as a Markdown fragment. */
  readonly retry: string;
  /** Whether graphql-ws connects again by itself, as long as its `retryAttempts` last. */
  readonly isRetried: boolean;
}

/** Every close code. `docs/events.md` is generated from this table, in this order. */
export const CLOSE_CODES = {
  MessageTooBig: {
    code: 1009,
    meanings: ["a message is larger than 1 MiB"],
    retry: "no, correct the client",
    isRetried: false,
  },
  Restart: { code: 1012, meanings: ["the server restarts"], retry: "yes, with your cursor", isRetried: true },
  TryAgainLater: {
    code: 1013,
    meanings: [
      "the client reads too slowly",
      "messages of its caller that are not complete take [too much memory](limits.md#one-caller)",
      "a subscription cannot continue here",
      "the credential or the signature cannot be checked now",
    ],
    retry: "yes, with your cursor",
    isRetried: true,
  },
  BadRequest: {
    code: CloseCode.BadRequest,
    meanings: ["a message does not belong to the protocol"],
    retry: "no, correct the client",
    isRetried: false,
  },
  Unauthorized: {
    code: CloseCode.Unauthorized,
    meanings: [
      "the API key or the token is missing or not valid",
      "a [router's signature](federation.md#router-only) is missing or not valid",
      "an operation comes before the connection is acknowledged",
    ],
    retry: "no, only with another credential",
    isRetried: false,
  },
  Forbidden: {
    code: CloseCode.Forbidden,
    meanings: [
      "`token expired`: the token or the key expired while the socket was open",
      "`Forbidden`: the key was removed or changed",
    ],
    retry: "yes, with a new credential and your cursor",
    isRetried: true,
  },
  SubprotocolNotAcceptable: {
    code: CloseCode.SubprotocolNotAcceptable,
    meanings: ["the subprotocol is not `graphql-transport-ws`"],
    retry: "no, correct the client",
    isRetried: false,
  },
  ConnectionInitialisationTimeout: {
    code: CloseCode.ConnectionInitialisationTimeout,
    meanings: ["no `connection_init` within three seconds"],
    retry: "yes",
    isRetried: true,
  },
  SubscriberAlreadyExists: {
    code: CloseCode.SubscriberAlreadyExists,
    meanings: ["the operation id is in use"],
    retry: "no, correct the client",
    isRetried: false,
  },
  TooManyInitialisationRequests: {
    code: CloseCode.TooManyInitialisationRequests,
    meanings: [
      "`Too many initialisation requests`: a second `connection_init`",
      "`Too many sockets`: the caller has as many as `LIMIT_SOCKETS` allows",
    ],
    retry: "no; close other sockets first",
    isRetried: false,
  },
} as const satisfies Record<string, CloseCodeEntry>;

type CloseName = keyof typeof CLOSE_CODES;

/** The close codes by name. */
export const CLOSE = Object.fromEntries(Object.entries(CLOSE_CODES).map(([name, { code }]) => [name, code])) as {
  readonly [Name in CloseName]: (typeof CLOSE_CODES)[Name]["code"];
};

export { MessageType } from "graphql-ws";

const MAX_ID_LENGTH = 128;

/** Parses a message of the protocol graphql-transport-ws; returns null for anything else. */
export const readMessage = (data: Buffer, isBinary: boolean): Message | null => {
  if (isBinary) return null;
  try {
    const message = parseMessage(data.toString("utf8"));
    return "id" in message && message.id.length > MAX_ID_LENGTH ? null : message;
  } catch {
    return null;
  }
};

/** The operation that a client requests. Some clients send null or an empty name for members without a value. */
export const paramsOf = (payload: SubscribePayload & { readonly documentId?: unknown }): GraphQLParams => {
  const { query, documentId, operationName, variables, extensions } = payload;
  return {
    query,
    ...(typeof documentId === "string" ? { documentId } : {}),
    ...(operationName ? { operationName } : {}),
    ...(variables == null ? {} : { variables }),
    ...(extensions == null ? {} : { extensions }),
  };
};

import { CloseCode, type Message, parseMessage, type SubscribePayload } from "graphql-ws";
import type { GraphQLParams } from "../../http/request.ts";

/** Close codes. Clients reconnect after the two that graphql-ws does not define. */
export const CLOSE = {
  ...CloseCode,
  restart: 1012,
  tryAgainLater: 1013,
} as const;

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

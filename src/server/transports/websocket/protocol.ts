import { CloseCode, type Message, parseMessage, type SubscribePayload } from "graphql-ws";
import type { GraphQLParams } from "../../http/request.ts";

/** Codes of our own, which clients take for a reason to connect again. */
export const CLOSE = {
  ...CloseCode,
  restart: 1012,
  tryAgainLater: 1013,
} as const;

export { MessageType } from "graphql-ws";

const MAX_ID = 128;

/** Reads a message of the protocol graphql-transport-ws; null for anything else. */
export const readMessage = (data: Buffer, isBinary: boolean): Message | null => {
  if (isBinary) return null;
  try {
    const message = parseMessage(data.toString("utf8"));
    return "id" in message && message.id.length > MAX_ID ? null : message;
  } catch {
    return null;
  }
};

/** Some clients send null, or an empty name, for what they leave out. */
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

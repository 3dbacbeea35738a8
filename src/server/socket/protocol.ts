import { CloseCode, type Message, parseMessage } from "graphql-ws";

/** Codes of our own, which clients take for a reason to connect again. */
export const CLOSE = {
  ...CloseCode,
  restart: 1012,
  tryAgainLater: 1013,
} as const;

export { MessageType } from "graphql-ws";

/** Reads a message of the protocol graphql-transport-ws; null for anything else. */
export const readMessage = (data: Buffer, isBinary: boolean): Message | null => {
  if (isBinary) return null;
  try {
    const message = parseMessage(data.toString("utf8"));
    return "id" in message && message.id.length > 128 ? null : message;
  } catch {
    return null;
  }
};

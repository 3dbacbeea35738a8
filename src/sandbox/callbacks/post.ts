import { Agent, request } from "undici";
import type { EncodedDelivery } from "./message.ts";

/** A receiver's reply to a delivery. */
export interface ReceiverReply {
  readonly acknowledged: boolean;
  /** Null if the receiver did not answer. */
  readonly HttpStatus: number | null;
  readonly Body: string | null;
}

const MAX_BODY_CHARACTERS = 1024;
const MAX_REPLY_BYTES = 64 * 1024;

const NO_ANSWER: ReceiverReply = { acknowledged: false, HttpStatus: null, Body: null };

const isAcknowledgement = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "status" in value && value.status === "done";
  } catch {
    return false;
  }
};

const readText = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

/** Posts deliveries. */
export interface Poster {
  /** Posts a delivery. Never throws: a receiver that cannot be reached counts as one that does not answer. */
  readonly post: (message: EncodedDelivery, signal: AbortSignal) => Promise<ReceiverReply>;
  readonly close: () => void;
}

/** Creates a client that posts deliveries. Connections are kept alive; redirects are not followed. */
export const createPoster = (): Poster => {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    async post({ url, headers, body }, signal) {
      try {
        const answer = await request(url, { method: "POST", headers, body, signal, dispatcher });
        const text = await readText(answer.body);
        const acknowledged = answer.statusCode === 200 && isAcknowledgement(text);
        return { acknowledged, HttpStatus: answer.statusCode, Body: text.slice(0, MAX_BODY_CHARACTERS) };
      } catch {
        return NO_ANSWER;
      }
    },
    close: () => void dispatcher.destroy(),
  };
};

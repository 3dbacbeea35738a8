import { Agent, request } from "undici";
import type { Message } from "./message.ts";

/** What a receiver made of a delivery. */
export interface Reply {
  readonly acknowledged: boolean;
  /** Null: no answer. */
  readonly HttpStatus: number | null;
  readonly Body: string | null;
}

const SHOWN_CHARACTERS = 1024;
const MOST_BYTES = 64 * 1024;

const NO_ANSWER: Reply = { acknowledged: false, HttpStatus: null, Body: null };

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
    if (size > MOST_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

export interface Poster {
  /** Never throws: a receiver that cannot be reached has not answered. */
  readonly post: (message: Message, signal: AbortSignal) => Promise<Reply>;
  readonly close: () => void;
}

/** Posts deliveries; connections are kept. Redirects are not followed. */
export const createPoster = (): Poster => {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    async post({ url, headers, body }, signal) {
      try {
        const answer = await request(url, { method: "POST", headers, body, signal, dispatcher });
        const text = await readText(answer.body);
        const acknowledged = answer.statusCode === 200 && isAcknowledgement(text);
        return { acknowledged, HttpStatus: answer.statusCode, Body: text.slice(0, SHOWN_CHARACTERS) };
      } catch {
        return NO_ANSWER;
      }
    },
    close: () => void dispatcher.destroy(),
  };
};

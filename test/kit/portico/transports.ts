import { openSocket } from "./socket.ts";

interface Fault {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** The answer, over any transport. */
export interface Reply {
  readonly data?: unknown;
  readonly errors?: readonly Fault[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Null over WebSocket. */
  readonly status: number | null;
  readonly retryAfter: string | null;
}

/** Where to send, and as whom. */
interface Target {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Payload = Readonly<Record<string, unknown>>;

/** Sends a request and returns the first answer. */
export type Transport = (target: Target, payload: Payload) => Promise<Reply>;

const post = ({ url, headers = {} }: Target, payload: Payload, accept: string) =>
  fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept, ...headers },
    body: JSON.stringify(payload),
  });

const toReply = (response: Response, body: object): Reply => ({
  ...body,
  status: response.status,
  retryAfter: response.headers.get("retry-after"),
});

export const byPost: Transport = async (target, payload) => {
  const response = await post(target, payload, "application/graphql-response+json");
  return toReply(response, (await response.json()) as object);
};

export const byGet: Transport = async ({ url, headers = {} }, payload) => {
  const search = new URLSearchParams(
    Object.entries(payload).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  const response = await fetch(`${url}/graphql?${search}`, {
    headers: { accept: "application/graphql-response+json", ...headers },
  });
  return toReply(response, (await response.json()) as object);
};

/** Leaves the stream after its first event. */
export const bySse: Transport = async (target, payload) => {
  const response = await post(target, payload, "text/event-stream");
  if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) {
    return toReply(response, (await response.json()) as object);
  }
  let text = "";
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    const data = /^data: (\{.*\})\n/m.exec(text)?.[1];
    if (data !== undefined) return toReply(response, JSON.parse(data) as object);
  }
  return toReply(response, {});
};

export const bySocket: Transport = async ({ url, headers = {} }, payload) => {
  const socket = await openSocket({ url }, { headers });
  socket.send({ id: "1", type: "subscribe", payload: { query: "", ...payload } });
  const { type, payload: sent } = await socket.first((message) => message.id === "1" && message.type !== "complete");
  const body = type === "error" ? { errors: sent as Reply["errors"] } : (sent as object);
  socket.socket.terminate();
  return { ...(body as Partial<Reply>), status: null, retryAfter: null };
};

export const TRANSPORTS = [
  ["HTTP", byPost],
  ["server-sent events", bySse],
  ["WebSocket", bySocket],
] as const;

export const codesIn = ({ errors = [] }: Reply): readonly unknown[] =>
  errors.map(({ extensions }) => extensions["code"]);

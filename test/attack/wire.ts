import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Target } from "./world.ts";

/**
 * Sends bytes. Returns everything that the server sends until it closes the connection, `isEnough` returns true, or the signal
 * aborts.
 */
export const sendBytes = (
  { url }: { readonly url: string },
  bytes: string | Buffer,
  isEnough: (answer: string) => boolean = () => false,
  signal?: AbortSignal,
): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let answer = "";
    const disconnect = () => void socket.destroy();
    signal?.addEventListener("abort", disconnect, { once: true });
    socket.on("error", () => {});
    socket.once("close", () => {
      signal?.removeEventListener("abort", disconnect);
      resolve(answer);
    });
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      if (isEnough(answer)) disconnect();
    });
    socket.write(bytes);
  });

/** The status of each response in the received text. */
export const statusesIn = (answer: string): readonly number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The codes of the GraphQL errors in the body. */
  readonly codes: readonly unknown[];
}

export interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const codesOf = (body: string): readonly unknown[] => {
  try {
    const { errors = [] } = JSON.parse(body) as { errors?: { extensions?: { code?: unknown } }[] };
    return errors.map(({ extensions }) => extensions?.code);
  } catch {
    return [];
  }
};

/** Sends one request with only the given headers, on its own connection. */
export const send = (
  { url, headers: own }: Target,
  { method = "POST", path = "/graphql", headers = {}, body = "" }: RequestOptions,
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers: { ...own, ...headers }, agent: false }, (response) => {
      text(response).then(
        (content) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: content,
            codes: codesOf(content),
          }),
        reject,
      );
    });
    sent.once("error", reject);
    sent.end(body);
  });

export const JSON_TYPE = { "content-type": "application/json" } as const;

/** Sends one operation as JSON. */
export const ask = (target: Target, query: string, variables: object = {}): Promise<HttpAnswer> =>
  send(target, { headers: JSON_TYPE, body: JSON.stringify({ query, variables }) });

import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Target } from "./world.ts";

/** Writes bytes, and gives all that comes back until the server ends the connection, has said enough, or it is too late. */
export const exchange = (
  { url }: { readonly url: string },
  bytes: string | Buffer,
  isEnough: (answer: string) => boolean = () => false,
  late?: AbortSignal,
): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let answer = "";
    const leave = () => void socket.destroy();
    late?.addEventListener("abort", leave, { once: true });
    socket.on("error", () => {});
    socket.once("close", () => {
      late?.removeEventListener("abort", leave);
      resolve(answer);
    });
    socket.on("data", (part: Buffer) => {
      answer += part.toString("latin1");
      if (isEnough(answer)) leave();
    });
    socket.write(bytes);
  });

/** The status of each answer in what came. */
export const statusesIn = (answer: string): readonly number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** Of the errors of GraphQL in it. */
  readonly codes: readonly unknown[];
}

export interface Sent {
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

/** One request with no header but those that are given, on a connection of its own. */
export const send = (
  { url, headers: own }: Target,
  { method = "POST", path = "/graphql", headers = {}, body = "" }: Sent,
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers: { ...own, ...headers }, agent: false }, (response) => {
      text(response).then(
        (told) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: told,
            codes: codesOf(told),
          }),
        reject,
      );
    });
    sent.once("error", reject);
    sent.end(body);
  });

export const JSON_TYPE = { "content-type": "application/json" } as const;

/** One operation as JSON. */
export const ask = (target: Target, query: string, variables: object = {}): Promise<Answered> =>
  send(target, { headers: JSON_TYPE, body: JSON.stringify({ query, variables }) });

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";

/** A message as the router receives it. */
export interface RouterMessage {
  readonly kind: string;
  readonly action: "check" | "next" | "complete";
  readonly id: string;
  readonly verifier: string;
  readonly payload?: { readonly data?: Record<string, unknown>; readonly extensions?: object };
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

/** A status, or no response: the connection is closed, or left open. */
type Answer = number | "cut" | "hang";

export interface CallbackRouter {
  /** The prefix of callback URLs. */
  readonly prefix: string;
  readonly messages: readonly RouterMessage[];
  readonly of: (action: RouterMessage["action"], id?: string) => readonly RouterMessage[];
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  /** The maximum number of messages in progress at a time. */
  readonly maxConcurrent: () => number;
  readonly connections: () => number;
  /** Responds to all requests that hang. */
  readonly release: () => void;
}

/** A router's side of the callback protocol on a real socket. `answer` decides by message and number of messages like it before. */
export const startCallbackRouter = async (
  answer: (message: RouterMessage, turn: number) => Answer = () => 204,
): Promise<CallbackRouter> => {
  const messages: RouterMessage[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  const hanging = new Set<ServerResponse>();
  let [concurrent, maxConcurrent, connections] = [0, 0, 0];
  const server = createServer((request, response) => {
    concurrent += 1;
    maxConcurrent = Math.max(maxConcurrent, concurrent);
    response.once("close", () => {
      concurrent -= 1;
    });
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const message = JSON.parse(body) as RouterMessage;
      const turn = messages.filter(({ action, id }) => action === message.action && id === message.id).length;
      messages.push(message);
      headers.push(request.headers);
      const answered = answer(message, turn);
      if (answered === "cut") response.destroy();
      else if (answered === "hang") hanging.add(response);
      else response.writeHead(answered).end();
    });
  }).listen(0, "127.0.0.1");
  server.on("connection", () => {
    connections += 1;
  });
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    prefix: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    messages,
    headers,
    of: (action, id) => messages.filter((each) => each.action === action && (id === undefined || each.id === id)),
    maxConcurrent: () => maxConcurrent,
    connections: () => connections,
    release() {
      for (const response of hanging) response.writeHead(204).end();
      hanging.clear();
    },
  };
};

export const APOLLO_ACCEPT =
  'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json;callbackSpec=1.0';
export const VERIFIER = "v3r1f1er-0f-a-router";

export interface CallbackOptions {
  readonly id?: string;
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly accept?: string;
  /** Further headers, such as a credential. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of `extensions.subscription` that override the defaults. */
  readonly subscription?: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

export const NUMBERS = `subscription Numbers { punchAdded { cursor replayed punch { user { employeeCode } } } }`;

/** Requests a subscription as Apollo's router does. */
export const subscribeByCallback = async (url: string, { prefix }: CallbackRouter, options: CallbackOptions = {}) => {
  const { id = "one", query = NUMBERS, variables, accept = APOLLO_ACCEPT, headers, subscription, extensions } = options;
  const request = {
    callbackUrl: `${prefix}/${id}`,
    subscriptionId: id,
    verifier: VERIFIER,
    heartbeatIntervalMs: 0,
    ...subscription,
  };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept, ...headers },
    body: JSON.stringify({ query, variables, extensions: { ...extensions, subscription: request } }),
  });
  const body = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  return {
    status: response.status,
    protocol: response.headers.get("subscription-protocol"),
    body,
    code: body.errors?.[0]?.extensions.code,
  };
};

interface Numbered {
  readonly cursor: string;
  readonly replayed: boolean;
  readonly punch: { readonly user: { readonly employeeCode: string } };
}

/** The events that a subscription to NUMBERS received. */
export const punchesOf = (router: CallbackRouter, id = "one"): readonly Numbered[] =>
  router.of("next", id).map(({ payload }) => payload?.data?.["punchAdded"] as Numbered);

export const numbersOf = (router: CallbackRouter, id = "one"): readonly number[] =>
  punchesOf(router, id).map(({ punch }) => Number(punch.user.employeeCode.split(":")[0]));

/** Waits until the router has received this many events. */
export const arrived = (router: CallbackRouter, count: number, id = "one"): Promise<void> =>
  expect.poll(() => router.of("next", id).length, { timeout: 15_000 }).toBe(count);

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";

/** A message as a router receives it. */
export interface CallbackMessage {
  readonly kind: string;
  readonly action: "check" | "next" | "complete";
  readonly id: string;
  readonly verifier: string;
  readonly payload?: { readonly data?: Record<string, unknown>; readonly extensions?: object };
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

/** An HTTP status, or no answer: the connection is cut or stays open. */
type Answer = number | "cut" | "hang";

export interface CallbackRouter {
  /** Prefix of all callback URLs. */
  readonly prefix: string;
  readonly messages: readonly CallbackMessage[];
  readonly of: (action: CallbackMessage["action"], id?: string) => readonly CallbackMessage[];
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  /** The highest number of messages in flight at one time. */
  readonly maxConcurrent: () => number;
  readonly connections: () => number;
  /** Answers the requests that hang. */
  readonly release: () => void;
}

/** The router's side of the callback protocol on a real socket; `answer` decides by the message and by how many like it came before. */
export const startCallbackRouter = async (
  answer: (message: CallbackMessage, turn: number) => Answer = () => 204,
): Promise<CallbackRouter> => {
  const messages: CallbackMessage[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  const hanging = new Set<ServerResponse>();
  let [inFlight, maxConcurrent, connections] = [0, 0, 0];
  const server = createServer((request, response) => {
    inFlight += 1;
    maxConcurrent = Math.max(maxConcurrent, inFlight);
    response.once("close", () => {
      inFlight -= 1;
    });
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const message = JSON.parse(body) as CallbackMessage;
      const turn = messages.filter(({ action, id }) => action === message.action && id === message.id).length;
      messages.push(message);
      headers.push(request.headers);
      const reply = answer(message, turn);
      if (reply === "cut") response.destroy();
      else if (reply === "hang") hanging.add(response);
      else response.writeHead(reply).end();
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

export interface CallbackSubscription {
  readonly id?: string;
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly accept?: string;
  /** More headers, such as a credential. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of `extensions.subscription` that differ from those of a router. */
  readonly subscription?: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

export const NUMBERS = `subscription Numbers { punchAdded { cursor replayed punch { user { employeeCode } } } }`;

/** Starts a subscription as Apollo's router does. */
export const subscribeByCallback = async (
  url: string,
  { prefix }: CallbackRouter,
  options: CallbackSubscription = {},
) => {
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

/** The events that a subscription of NUMBERS received. */
export const punchesOf = (router: CallbackRouter, id = "one"): readonly Numbered[] =>
  router.of("next", id).map(({ payload }) => payload?.data?.["punchAdded"] as Numbered);

export const numbersOf = (router: CallbackRouter, id = "one"): readonly number[] =>
  punchesOf(router, id).map(({ punch }) => Number(punch.user.employeeCode.split(":")[0]));

/** Waits until the router received this many events. */
export const arrived = (router: CallbackRouter, count: number, id = "one"): Promise<void> =>
  expect.poll(() => router.of("next", id).length, { timeout: 15_000 }).toBe(count);

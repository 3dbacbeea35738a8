import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";

/** A message as a router gets it. */
export interface Letter {
  readonly kind: string;
  readonly action: "check" | "next" | "complete";
  readonly id: string;
  readonly verifier: string;
  readonly payload?: { readonly data?: Record<string, unknown>; readonly extensions?: object };
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

/** A status, or no answer: the connection is cut, or left open. */
type Answer = number | "cut" | "hang";

export interface CallbackRouter {
  /** What callback URLs begin with. */
  readonly prefix: string;
  readonly letters: readonly Letter[];
  readonly of: (action: Letter["action"], id?: string) => readonly Letter[];
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  /** How many messages were under way at most at a time. */
  readonly mostAtOnce: () => number;
  readonly connections: () => number;
  /** Lets go of what hangs. */
  readonly release: () => void;
}

/** A router's side of the callback protocol on a real socket; `answer` decides by message and by how many like it came. */
export const startCallbackRouter = async (
  answer: (letter: Letter, turn: number) => Answer = () => 204,
): Promise<CallbackRouter> => {
  const letters: Letter[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  const hanging = new Set<ServerResponse>();
  let [now, most, connections] = [0, 0, 0];
  const server = createServer((request, response) => {
    now += 1;
    most = Math.max(most, now);
    response.once("close", () => {
      now -= 1;
    });
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const letter = JSON.parse(body) as Letter;
      const turn = letters.filter(({ action, id }) => action === letter.action && id === letter.id).length;
      letters.push(letter);
      headers.push(request.headers);
      const answered = answer(letter, turn);
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
    letters,
    headers,
    of: (action, id) => letters.filter((each) => each.action === action && (id === undefined || each.id === id)),
    mostAtOnce: () => most,
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

export interface CallbackWish {
  readonly id?: string;
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly accept?: string;
  /** Others, such as a credential. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of `extensions.subscription`, over what a router tells. */
  readonly subscription?: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

export const NUMBERS = `subscription Numbers { punchAdded { cursor replayed punch { user { employeeCode } } } }`;

/** Asks for a subscription as Apollo's router does. */
export const subscribeByCallback = async (url: string, { prefix }: CallbackRouter, wish: CallbackWish = {}) => {
  const { id = "one", query = NUMBERS, variables, accept = APOLLO_ACCEPT, headers, subscription, extensions } = wish;
  const told = {
    callbackUrl: `${prefix}/${id}`,
    subscriptionId: id,
    verifier: VERIFIER,
    heartbeatIntervalMs: 0,
    ...subscription,
  };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept, ...headers },
    body: JSON.stringify({ query, variables, extensions: { ...extensions, subscription: told } }),
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

/** What a subscription of NUMBERS was told. */
export const punchesOf = (router: CallbackRouter, id = "one"): readonly Numbered[] =>
  router.of("next", id).map(({ payload }) => payload?.data?.["punchAdded"] as Numbered);

export const numbersOf = (router: CallbackRouter, id = "one"): readonly number[] =>
  punchesOf(router, id).map(({ punch }) => Number(punch.user.employeeCode.split(":")[0]));

/** Waits until the router got so many. */
export const arrived = (router: CallbackRouter, count: number, id = "one"): Promise<void> =>
  expect.poll(() => router.of("next", id).length, { timeout: 15_000 }).toBe(count);

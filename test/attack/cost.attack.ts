import { Agent, request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { median } from "../../bench/statistics.ts";
import { table } from "../../bench/table.ts";
import { ABUSE } from "../kit/portico/abuse.ts";
import { bearer, claims, keyOf, token } from "../kit/portico/callers.ts";
import { EXPENSIVE } from "./c.queries.ts";
import { type Invariants, watchInvariants } from "./invariants.ts";
import { openAs } from "./sockets.ts";
import { JSON_TYPE } from "./wire.ts";
import { startWorld, type World } from "./world.ts";

const ROUNDS = 41;
const MAX_RATIO = 10;
const SMALL = "{ devices(first: 10) { nodes { name status } } }";

let world: World;
let invariants: Invariants;

beforeAll(async () => {
  world = await startWorld(new URL("../../dist/main.js", import.meta.url));
  invariants = await watchInvariants(world);
}, 60_000);

afterAll(() => world?.stop(), 60_000);

interface Refusal {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const byAda = (name: string, query: string, variables: object = {}): Refusal => ({
  name,
  headers: bearer(keyOf("ada")),
  body: JSON.stringify({ query, variables }),
});

const byNobody = (name: string, headers: Refusal["headers"]): Refusal => ({
  name,
  headers,
  body: JSON.stringify({ query: SMALL }),
});

const tampered = (text: string): string => `${text.slice(0, -8)}AAAAAAAA`;

/** For comparison: a query that is answered without the gateway. */
const VIEWER = byAda("an accepted query without upstream calls", "{ viewer { name } }");

const refusals = (): readonly Refusal[] => [
  VIEWER,
  ...ABUSE.map(([name, query]) => byAda(name, query)),
  byAda("1,000,000 tokens", `{ ${"a ".repeat(1_000_000)} }`),
  ...EXPENSIVE.map(([name, query, variables]) => byAda(`a million rows, ${name}`, query, variables)),
  byNobody("no credential", {}),
  byNobody("an unknown key", bearer(keyOf("nobody"))),
  byNobody("a key that has expired", bearer(keyOf("late"))),
  byNobody("a token that has expired", bearer(token(claims({ exp: 1 })))),
  byNobody("a forged token", bearer(tampered(token()))),
  byNobody("a token without an algorithm", bearer(token(claims(), "RS256", { alg: "none" }))),
  byNobody("a page of another origin", { ...bearer(keyOf("ada")), origin: "https://evil.example" }),
  {
    name: "a door that may not be opened",
    headers: bearer(keyOf("reader")),
    body: JSON.stringify({ query: `mutation { openDoor(input: { serialNumber: "SN7A2300583" }) { command { id } } }` }),
  },
];

const post = async (agent: Agent, { headers, body }: Refusal): Promise<number> => {
  const startedAt = performance.now();
  const length = Buffer.byteLength(body);
  const outgoing = request(`${world.program.url}/graphql`, {
    method: "POST",
    headers: { ...JSON_TYPE, ...headers, "content-length": length },
    agent,
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  await once(response.resume(), "end");
  return performance.now() - startedAt;
};

/** Measures all requests in turn, round by round. Returns the median of each and its ratio to that of the small query. */
const ratiosOf = async (all: readonly Refusal[], ms: (each: Refusal) => Promise<number>) => {
  const small = byAda("a small query", SMALL);
  const times = new Map([small, ...all].map((each) => [each, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [each, samples] of times) {
      const time = await ms(each);
      if (round > 0) samples.push(time);
    }
  const base = median(times.get(small) ?? []);
  return [...times].map(([{ name }, samples]) => ({ name, ms: median(samples), ratio: median(samples) / base }));
};

const expectCheap = (over: string, ratios: Awaited<ReturnType<typeof ratiosOf>>) => {
  const rows = ratios.map(({ name, ms, ratio }) => [name, ms.toFixed(2), ratio.toFixed(1)]);
  process.stdout.write(`\n${table([`rejected over ${over}`, "ms", "x a small query"], rows)}\n`);
  expect(ratios.filter(({ ratio }) => ratio > MAX_RATIO)).toEqual([]);
};

test("a rejection takes at most ten times as long as a small query over HTTP", { timeout: 300_000 }, async () => {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  expectCheap("HTTP", await ratiosOf(refusals(), (each) => post(agent, each)));
  await invariants.check({ allowedCommands: [], logsErrors: false });
});

/** The maximum message size is a megabyte. */
const MAX_CHARACTERS = 1_000_000;

test("a rejection takes at most ten times as long as a small query over WebSocket", { timeout: 300_000 }, async () => {
  const socket = await openAs(world.as("ada"));
  const fitting = refusals().filter(
    ({ body, headers }) =>
      body.length < MAX_CHARACTERS &&
      headers["authorization"] === bearer(keyOf("ada"))["authorization"] &&
      headers["origin"] === undefined,
  );
  let id = 0;
  const ms = async ({ body }: Refusal) => {
    id += 1;
    const own = String(id);
    const answered = new Promise<void>((resolve) => {
      const onMessage = (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { readonly id?: string; readonly type: string };
        if (message.id !== own || message.type === "next") return;
        socket.socket.off("message", onMessage);
        resolve();
      };
      socket.socket.on("message", onMessage);
    });
    const startedAt = performance.now();
    socket.send(`{"id":"${own}","type":"subscribe","payload":${body}}`);
    await answered;
    return performance.now() - startedAt;
  };
  expectCheap("WebSocket", await ratiosOf(fitting, ms));
  socket.socket.terminate();
  await invariants.check({ allowedCommands: [], logsErrors: false });
});

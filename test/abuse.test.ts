import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startPortico } from "./portico/app.ts";
import { serves } from "./portico/socket.ts";
import { codesIn, TRANSPORTS } from "./portico/transports.ts";

const repeated = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(" ");
const deep = (levels: number) =>
  `{ device(serialNumber: "SN7A2300583") { ${"doors { device { ".repeat(levels)} name ${"} }".repeat(levels)} } }`;
const bomb = (levels: number) =>
  `{ ...F0 } ${repeated(levels, (level) => `fragment F${level} on Query { ...F${level + 1} ...F${level + 1} }`)} fragment F${levels} on Query { __typename }`;
const OPEN = `openDoor(input: { serialNumber: "SN7A2300583" }) { userErrors { code } }`;

const VALIDATION = "GRAPHQL_VALIDATION_FAILED";
const PARSE = "GRAPHQL_PARSE_FAILED";

const ABUSE: readonly (readonly [string, string, string])[] = [
  ["101 aliases", `{ ${repeated(101, (index) => `a${index}: __typename`)} }`, VALIDATION],
  [
    "10,000 aliases of devices",
    `{ ${repeated(10_000, (index) => `a${index}: device(serialNumber: "S${index}") { name }`)} }`,
    PARSE,
  ],
  ["100,000 open braces", "{a".repeat(100_000), PARSE],
  ["100,000 directives", `{ viewer { name ${"@a ".repeat(100_000)} } }`, PARSE],
  ["ten unknown directives", `{ viewer { name ${repeated(10, (index) => `@d${index}`)} } }`, VALIDATION],
  ["ten unknown fields", `{ ${repeated(10, (index) => `unknown${index}`)} }`, VALIDATION],
  ["a bomb of fragments", bomb(16), VALIDATION],
  ["circular fragments", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", VALIDATION],
  ["one level too many", deep(6), VALIDATION],
  [
    "circular introspection",
    `{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }`,
    VALIDATION,
  ],
  ["fifty doors", `mutation { ${repeated(50, (index) => `d${index}: ${OPEN}`)} }`, VALIDATION],
  [
    "six doors in fragments",
    `mutation { ...F ...F } fragment F on Mutation { ${repeated(3, (index) => `d${index}: ${OPEN}`)} }`,
    VALIDATION,
  ],
  ["@defer", "{ viewer { ... @defer { name } } }", VALIDATION],
  ["@stream", "{ devices(first: 5) { nodes @stream(initialCount: 1) { name } } }", VALIDATION],
];

test.each(TRANSPORTS)(
  "what is abusive is refused over %s, with few errors and without a call upstream",
  async (_, ask) => {
    const portico = await startPortico({}, { NODE_ENV: "production", INTROSPECTION: "on" });
    portico.upstream();
    for (const [name, query, code] of ABUSE) {
      const reply = await ask(portico, { query });
      expect(new Set(codesIn(reply)), name).toEqual(new Set([code]));
      expect(codesIn(reply).length, name).toBeLessThanOrEqual(5);
      expect(JSON.stringify(reply), name).not.toContain("Did you mean");
      expect(reply, name).not.toHaveProperty("data");
    }
    expect(portico.upstream()).toEqual([]);
    await serves(portico);
  },
);

test.each(TRANSPORTS)("the deepest document that may be is executed over %s", async (_, ask) => {
  const portico = await startPortico();
  const levels = (count: number) => deep(5).replace(" name ", count === 12 ? " name " : " info { __typename } ");
  expect(await ask(portico, { query: levels(12) })).not.toHaveProperty("errors");
  expect(codesIn(await ask(portico, { query: levels(13) }))).toEqual([VALIDATION]);
});

test.each(TRANSPORTS)("five doors are opened at once over %s", async (_, ask) => {
  const portico = await startPortico();
  expect(
    await ask(portico, { query: `mutation { ${repeated(5, (index) => `d${index}: ${OPEN}`)} }` }),
  ).not.toHaveProperty("errors");
  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(5);
});

test.each(["application/json", "text/event-stream"])(
  "a list of operations is refused where %s is asked for",
  async (accept) => {
    const { url } = await startPortico();
    for (const count of [1, 2, 11]) {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept },
        body: JSON.stringify(Array.from({ length: count }, () => ({ query: "{ viewer { name } }" }))),
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
    }
  },
);

/** Milliseconds from a request to the end of its answer, at best: what else the machine does is not what is asked for. */
const timeOf = async (url: string, query: string, agent: Agent): Promise<number> => {
  const body = Buffer.from(JSON.stringify({ query }));
  const headers = { "content-type": "application/json", "content-length": body.length };
  const times: number[] = [];
  for (let round = 0; round < 21; round += 1) {
    const start = performance.now();
    const asking = request(`${url}/graphql`, { method: "POST", headers, agent });
    asking.end(body);
    const [response] = (await once(asking, "response")) as [IncomingMessage];
    await once(response.resume(), "end");
    times.push(performance.now() - start);
  }
  return Math.min(...times);
};

test("to refuse what is abusive takes no longer than ten small queries", async () => {
  const { url } = await startPortico();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const small = "{ devices(first: 10) { nodes { name status } } }";
  await timeOf(url, small, agent);
  const baseline = await timeOf(url, small, agent);
  const heavy = [...ABUSE, ["1,000,000 tokens", `{ ${"a ".repeat(1_000_000)} }`] as const];
  for (const [name, query] of heavy) expect(await timeOf(url, query, agent), name).toBeLessThan(10 * baseline);
});

import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { ABUSE, deep, OPEN, repeated, VALIDATION } from "../../kit/portico/abuse.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { serves } from "../../kit/portico/socket.ts";
import { codesIn, TRANSPORTS } from "../../kit/portico/transports.ts";

test.each(TRANSPORTS)(
  "abusive operations are rejected over %s, with few errors and without a call upstream",
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

test.each(TRANSPORTS)("a document of the maximum depth is executed over %s", async (_, ask) => {
  const portico = await startPortico();
  const levels = (count: number) => deep(5).replace(" name ", count === 12 ? " name " : " info { __typename } ");
  expect(await ask(portico, { query: levels(12) })).not.toHaveProperty("errors");
  expect(codesIn(await ask(portico, { query: levels(13) }))).toEqual([VALIDATION]);
});

test.each(TRANSPORTS)("one mutation opens five doors over %s", async (_, ask) => {
  const portico = await startPortico();
  expect(
    await ask(portico, { query: `mutation { ${repeated(5, (index) => `d${index}: ${OPEN}`)} }` }),
  ).not.toHaveProperty("errors");
  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(5);
});

test.each(["application/json", "text/event-stream"])(
  "a list of operations is rejected for a client that accepts %s",
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

/**
 * The shortest time from a request to the end of its response, in milliseconds: other load of the machine is not measured. The body has
 * at least `bytes` bytes.
 */
const timeOf = async (url: string, query: string, agent: Agent, bytes = 0): Promise<number> => {
  const body = Buffer.from(JSON.stringify({ query }).padEnd(bytes));
  const headers = { "content-type": "application/json", "content-length": body.length };
  const times: number[] = [];
  for (let round = 0; round < 21; round += 1) {
    const start = performance.now();
    const sent = request(`${url}/graphql`, { method: "POST", headers, agent });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    await once(response.resume(), "end");
    times.push(performance.now() - start);
  }
  return Math.min(...times);
};

test("rejecting an abusive operation takes no longer than ten small queries, one of which has as many bytes", async () => {
  const { url } = await startPortico();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const small = "{ devices(first: 10) { nodes { name status } } }";
  await timeOf(url, small, agent);
  const baseline = await timeOf(url, small, agent);
  const heavy = [...ABUSE, ["1,000,000 tokens", `{ ${"a ".repeat(1_000_000)} }`] as const];
  for (const [name, query] of heavy) {
    const control = await timeOf(url, small, agent, query.length);
    expect(await timeOf(url, query, agent), name).toBeLessThan(control + 9 * baseline);
  }
});

const REBOOT =
  "mutation ($serials: [String!]!) { rebootDevice(input: { serialNumbers: $serials }) { userErrors { code } } }";

test.each(TRANSPORTS)("where checking a document stops early over %s, an error says why", async (_, ask) => {
  const portico = await startPortico();
  const messages = async (query: string, variables?: object) => {
    const reply = JSON.parse(
      JSON.stringify(await ask(portico, { query, ...(variables === undefined ? {} : { variables }) })),
    );
    return (reply as { errors?: { message: string }[] }).errors?.map(({ message }) => message) ?? [];
  };
  const unknown = (count: number) => `{ ${repeated(count, (index) => `nothing${index}`)} }`;
  expect(await messages(unknown(4))).toHaveLength(4);
  const five = await messages(unknown(5));
  expect(five).toHaveLength(5);
  expect(five.at(-1)).toBe("Too many validation errors; the first 4 are reported.");
  expect(await messages(unknown(50))).toEqual(five);
  const same = await messages(`{ ${repeated(1_500, () => "__typename")} }`);
  expect(same).toEqual([
    "The document is too complex to validate: too many selections of fields with the same name have to be compared.",
  ]);
  const wrong = await messages(REBOOT, { serials: Array.from({ length: 60 }, () => 1) });
  expect(wrong.at(-1)).toBe("Too many errors in the variables; the first ones are reported.");
});

import { getIntrospectionQuery } from "graphql";
import { expect } from "vitest";
import { ABUSE, deep, OPEN, repeated } from "../kit/portico/abuse.ts";
import { codesIn, type Transport } from "../kit/portico/transports.ts";
import type { Section } from "./case.ts";
import { withoutUpstreamCalls } from "./upstream-calls.ts";
import { ask as post, JSON_TYPE, send } from "./wire.ts";
import type { World } from "./world.ts";

/** A million rows, requested in several ways. */
export const EXPENSIVE: readonly (readonly [string, string, object])[] = [
  ["literal", "{ devices(first: 1000000) { nodes { name } } }", {}],
  ["variable", "query ($n: Int!) { devices(first: $n) { nodes { name } } }", { n: 1_000_000 }],
  ["default", "query ($n: Int = 1000000) { devices(first: $n) { nodes { name } } }", {}],
  ["in a fragment", "query ($n: Int!) { ...F } fragment F on Query { devices(first: $n) { totalCount } }", { n: 1e6 }],
  [
    "behind a directive",
    "query ($n: Int!, $yes: Boolean!) { devices(first: $n) @include(if: $yes) { totalCount } }",
    { n: 1e6, yes: true },
  ],
];

/** Expects that every document is rejected without suggestions and without an upstream call. */
const expectRefused = (world: World, ask: Transport, abuse: typeof ABUSE) =>
  withoutUpstreamCalls(world, async () => {
    for (const [name, query, code] of abuse) {
      const reply = await ask(world.as("ada"), { query });
      expect(new Set(codesIn(reply)), name).toEqual(new Set([code]));
      expect(codesIn(reply).length, name).toBeLessThanOrEqual(5);
      expect(JSON.stringify(reply), name).not.toContain("Did you mean");
      expect(reply, name).not.toHaveProperty("data");
    }
  });

export const QUERY_CASES: Section = [
  {
    id: "C01-C08, C10, C11, C14, C15",
    about: `${ABUSE.map(([name]) => name).join("; ")}: rejected with at most five errors and no upstream call`,
    over: (world, ask) => expectRefused(world, ask, ABUSE),
  },
  {
    id: "C01-C15b",
    about: "the same: status 400 by default",
    by: "HTTP",
    async run({ as }) {
      for (const [name, query] of ABUSE) expect((await post(as("ada"), query)).status, name).toBe(400);
    },
  },
  {
    id: "C04",
    about: "400,000 tokens are rejected",
    over: (world, ask) =>
      expectRefused(world, ask, [["tokens", `{ ${"a ".repeat(400_000)} }`, "GRAPHQL_PARSE_FAILED"]]),
  },
  {
    id: "C08b",
    about: "the deepest allowed document is executed",
    async over({ as }, ask) {
      const query = deep(5).replace(" name ", " serialNumber ");
      expect(await ask(as("ada"), { query })).not.toHaveProperty("errors");
    },
  },
  {
    id: "C09",
    about: "a million rows as literal, variable, default or in a fragment: QUERY_TOO_EXPENSIVE",
    over: (world, ask) =>
      withoutUpstreamCalls(world, async () => {
        for (const [name, query, variables] of EXPENSIVE)
          expect(codesIn(await ask(world.as("ada"), { query, variables })), name).toEqual(["QUERY_TOO_EXPENSIVE"]);
      }),
  },
  {
    id: "C10",
    about: "introspection of the whole schema works for a caller with a key",
    async over({ as }, ask) {
      expect(await ask(as("reader"), { query: getIntrospectionQuery() })).not.toHaveProperty("errors");
    },
  },
  {
    id: "C12",
    about: "batches of 2, 10 and 11 operations are 400",
    by: "HTTP",
    run: (world) =>
      withoutUpstreamCalls(world, async () => {
        for (const count of [2, 10, 11]) {
          const body = JSON.stringify(Array.from({ length: count }, () => ({ query: "{ viewer { name } }" })));
          for (const accept of ["application/json", "text/event-stream"]) {
            const answer = await send(world.as("ada"), { headers: { ...JSON_TYPE, accept }, body });
            expect([answer.status, answer.codes]).toEqual([400, ["BAD_REQUEST"]]);
          }
        }
      }),
  },
  {
    id: "C14b",
    about: "five doors in one document are opened",
    allowedCommands: ["OpenDoor"],
    async over(world, ask) {
      const since = await world.north.marker();
      const query = `mutation { ${repeated(5, (index) => `d${index}: ${OPEN}`)} }`;
      expect(await ask(world.as("ada"), { query })).not.toHaveProperty("errors");
      expect(await world.north.entries(since, "OpenDoor")).toHaveLength(5);
    },
  },
  { id: "C16", about: "20,000 valid operations", by: "all", where: "test/attack/valid.attack.ts" },
  { id: "C17", about: "100,000 mutated requests", by: "all", where: "test/attack/bytes.attack.ts" },
];

import { expect, test } from "vitest";
import { startPortico } from "../../kit/portico/app.ts";
import { codesIn, TRANSPORTS } from "../../kit/portico/transports.ts";

const STREAMS = TRANSPORTS.slice(1);

const AT_ROOT: readonly (readonly [query: string, variables?: object])[] = [
  ["subscription ($s: Boolean!) { punchAdded @skip(if: $s) { cursor } }", { s: false }],
  ["subscription ($s: Boolean!) { punchAdded @include(if: $s) { cursor } }", { s: true }],
  ["subscription ($s: Boolean!) { punchAdded @include(if: $s) { cursor } }"],
  ["subscription ($s: Boolean = true) { punchAdded @include(if: $s) { cursor } }"],
  ["subscription ($s: Boolean!) { ... @include(if: $s) { punchAdded { cursor } } }", { s: true }],
  [
    "subscription ($s: Boolean!) { ...F @skip(if: $s) } fragment F on Subscription { punchAdded { cursor } }",
    { s: false },
  ],
  [
    "subscription ($s: Boolean!) { ...F } fragment F on Subscription { punchAdded @skip(if: $s) { cursor } }",
    { s: false },
  ],
  ["subscription ($s: Boolean!) { punchAdded @include(if: true) @skip(if: $s) { cursor } }", { s: false }],
  ["subscription ($s: Boolean!) { punchAdded { cursor } deviceStatusChanged @skip(if: $s) { cursor } }", { s: true }],
  ["query Q { viewer { name } } subscription S ($s: Boolean!) { punchAdded @skip(if: $s) { cursor } }", { s: false }],
];

test.each(TRANSPORTS)("a condition on a variable at the root of a subscription is invalid over %s", async (_, ask) => {
  const portico = await startPortico();
  for (const [query, variables = {}] of AT_ROOT) {
    const reply = await ask(portico, { query, variables, ...(query.includes("Q") ? { operationName: "S" } : {}) });
    expect(codesIn(reply), query).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
    expect([400, null]).toContain(reply.status);
    expect(reply.errors?.[0]?.message).toMatch(/^@(skip|include) with a variable is not allowed at the root/);
  }
});

/** Rules of graphql-js throw for these. The values are secrets in the wrong place. */
const INVALID = [
  `subscription { punchAdded @include(if: "4711") { cursor } }`,
  `subscription { punchAdded @skip(if: 4711) { cursor } }`,
  `subscription { punchAdded @skip(if: ["4711"]) { cursor } }`,
  `subscription { punchAdded @skip(if: null) { cursor } }`,
  "subscription { punchAdded @skip { cursor } }",
  "subscription { ...F @include } fragment F on Subscription { punchAdded { cursor } }",
];

test.each(TRANSPORTS)("no rule of validation fails past the admission over %s", async (_, ask) => {
  const portico = await startPortico();
  for (const query of INVALID) {
    const reply = await ask(portico, { query });
    expect(new Set(codesIn(reply)), query).toEqual(new Set(["GRAPHQL_VALIDATION_FAILED"]));
    expect(JSON.stringify(reply)).not.toContain("4711");
  }
  expect(portico.logs.filter((line) => line.includes("operation failed"))).toEqual([]);
});

test.each(STREAMS)("conditions below the root, and constant ones, are allowed over %s", async (_, ask) => {
  const portico = await startPortico();
  const subscriptions = [
    { query: "subscription ($s: Boolean!) { punchAdded { cursor @skip(if: $s) gap } }", variables: { s: true } },
    {
      query: "subscription ($s: Boolean!) { punchAdded { ...F @include(if: $s) } } fragment F on PunchAdded { gap }",
      variables: { s: true },
    },
    { query: "subscription { punchAdded @include(if: true) @skip(if: false) { gap } }" },
  ];
  const replies = subscriptions.map((payload) => ask(portico, payload));
  await expect.poll(portico.live.subscribers).toBe(subscriptions.length);
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "77001" });
  for (const reply of await Promise.all(replies)) expect(reply).toMatchObject({ data: { punchAdded: { gap: false } } });
});

/** A variable with a default may stand where null may not, and may be null itself. */
const NULLS = [
  `query ($c: String = "1") { user(employeeCode: $c) { name } }`,
  `query ($c: Boolean = true) { viewer @skip(if: $c) { name } }`,
  `query ($c: Boolean = true) { viewer { name @include(if: $c) } }`,
];

test.each(TRANSPORTS)(
  "null in a place that allows a default but not null is the client's fault over %s",
  async (_, ask) => {
    const portico = await startPortico();
    for (const query of NULLS) {
      expect(codesIn(await ask(portico, { query, variables: { c: null } })), query).toEqual(["BAD_USER_INPUT"]);
    }
    expect(portico.logs.filter((line) => line.includes("operation failed"))).toEqual([]);
  },
);

test.each(STREAMS)(
  "an argument of a subscription that must not be null is the client's fault over %s",
  async (_, ask) => {
    const portico = await startPortico();
    const reply = await ask(portico, {
      query: `subscription ($c: ID = "1") { commandUpdated(id: $c) { id } }`,
      variables: { c: null },
    });
    expect(codesIn(reply)).toEqual(["BAD_USER_INPUT"]);
    expect([400, null]).toContain(reply.status);
  },
);

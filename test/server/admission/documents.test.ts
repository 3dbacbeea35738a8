import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { buildSchema } from "graphql";
import { expect, test } from "vitest";
import { createAdmission } from "../../../src/server/admission/admission.ts";
import { LIMITS } from "../../../src/server/admission/limits.ts";
import { OperationRejected } from "../../../src/server/admission/operation-rejected.ts";
import type { Caller } from "../../../src/server/identity/caller.ts";

const persisted = { documents: new Map(), only: false };
const OPTIONS = { limits: LIMITS, suggestions: true, introspection: "on", persisted } as const;
const CALLER = { identity: { viewer: { credential: "none" } }, address: "127.0.0.1" } as Caller;

test("what is remembered of thousands of short documents, valid or not, takes a bounded amount of memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const admission = createAdmission({ schema: buildSchema("type Query { name: String }"), ...OPTIONS });
  const used = () => {
    for (let times = 0; times < 3; times += 1) collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  for (let number = 0; number < 6_000; number += 1) {
    expect(() => admission.admit({ query: `{ x${number} }` }, CALLER)).toThrow(OperationRejected);
    admission.admit({ query: `{ x${number}: name }` }, CALLER);
  }
  expect(used() - before).toBeLessThan(20 * 2 ** 20);
});

test("a document that was found invalid is not validated again", () => {
  const schema = buildSchema("type Query { name: String }");
  let lookups = 0;
  const getQueryType = schema.getQueryType.bind(schema);
  schema.getQueryType = () => {
    lookups += 1;
    return getQueryType();
  };
  const admission = createAdmission({ schema, ...OPTIONS });
  const admit = () => admission.admit({ query: "{ unknown }" }, CALLER);
  expect(admit).toThrow(OperationRejected);
  const once = lookups;
  expect(once).toBeGreaterThan(0);
  for (let times = 0; times < 10; times += 1) expect(admit).toThrow(`Cannot query field "unknown"`);
  expect(lookups).toBe(once);
});

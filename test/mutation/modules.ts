/** A part of the source that is mutated, and the tests that have to notice. */
export interface MutatedModule {
  readonly name: string;
  /** Globs without commas, relative to the root of the project. */
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

const HUB = ["catch-up", "shared-executions"].map((name) => `test/events/hub/${name}.test.ts`);
const LOG = ["test/events/cursor.test.ts", "test/events/log/memory-log.test.ts", "test/events/log/event-log.test.ts"];

/** Each has tests that start little and end soon: a mutant costs all tests that reach it, until one fails. */
export const MODULES: readonly MutatedModule[] = [
  {
    name: "retries, deadlines and shared reads",
    files: ["retry", "retry-budget", "deadline", "coalesce"].map((name) => `src/gateway/resilience/${name}.ts`),
    tests: ["retry", "deadline", "flights"].map((name) => `test/gateway/${name}.test.ts`),
  },
  {
    name: "idempotency",
    files: ["idempotency", "idempotency-store", "redis-idempotency-store"].map((name) => `src/commands/${name}.ts`),
    tests: ["at-most-once", "shared-keys"].map((name) => `test/commands/${name}.test.ts`),
  },
  {
    name: "authorization",
    files: ["viewer", "directives"].map((name) => `src/schema/kernel/${name}.ts`),
    tests: ["test/schema/scopes.test.ts"],
  },
  {
    name: "keys and tokens of callers",
    files: ["api-keys", "token"].map((name) => `src/server/identity/${name}.ts`),
    tests: ["test/server/identity/rights.test.ts"],
  },
  {
    name: "cursors, positions, dedupe",
    files: ["src/events/cursor.ts", "src/events/offset.ts", "src/events/log/log.ts", "src/events/log/memory-log.ts"],
    tests: [...LOG, "test/events/hub/hub.test.ts", "test/events/hub/hub-gaps.test.ts"],
  },
  {
    name: "hub",
    files: ["replay", "replay-cache", "subscriber", "subscription-spec"].map((name) => `src/events/hub/${name}.ts`),
    tests: HUB,
  },
  {
    name: "execution",
    files: ["batch", "execute", "execution", "failures", "leaf", "pending", "runtime-type"].map(
      (name) => `src/execution/${name}.ts`,
    ),
    tests: ["answers", "economy", "execute"].map((name) => `test/execution/${name}.test.ts`),
  },
  {
    name: "callers in turn",
    files: ["turns", "slots", "fair-queue", "document-cache"].map((name) => `src/server/admission/${name}.ts`),
    tests: ["turns", "document-cache"].map((name) => `test/server/admission/${name}.test.ts`),
  },
  {
    name: "guard of outbound URLs",
    files: ["src/runtime/outbound.ts", "src/runtime/networks.ts"],
    tests: ["test/runtime/outbound.test.ts"],
  },
];

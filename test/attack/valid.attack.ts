import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  parse,
  validate,
} from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OPERATIONS } from "../../src/contract/operations.ts";
import { exampleOf } from "../kit/events/deliver.ts";
import { byPost, bySse, bySocket, codesIn, type Reply } from "../kit/portico/transports.ts";
import { deliver, deliverPunch } from "./deliveries.ts";
import { type Operation, operationOf, type Root } from "./fuzz/operations.ts";
import { shapeError } from "./fuzz/shape.ts";
import { createTally, runConcurrently, fuzzOptions } from "./fuzz/run.ts";
import { type Invariants, watchInvariants } from "./invariants.ts";
import { openAs, served } from "./sockets.ts";
import { startWorld, type World } from "./world.ts";

const { seed, count } = fuzzOptions(20_000);
const TIMEOUT_MS = 3_600_000;
const ALL = { allowedCommands: Object.keys(OPERATIONS), logsErrors: false };

let world: World;
let invariants: Invariants;
let schema: GraphQLSchema;

beforeAll(async () => {
  world = await startWorld(new URL("../../dist/main.js", import.meta.url), {
    LIMIT_CREDENTIALS: "1000000",
    LIMIT_DOORS: "1000000",
  });
  invariants = await watchInvariants(world);
  const { data } = await byPost(world.as("ada"), { query: getIntrospectionQuery({ oneOf: true }) });
  schema = buildClientSchema(data as IntrospectionQuery);
}, 60_000);

afterAll(() => world?.stop(), 60_000);

const generate = (root: Root, index: number): Operation => {
  const operation = operationOf(schema, root, seed, index);
  expect(validate(schema, parse(operation.query)), operation.query).toEqual([]);
  return operation;
};

/** Error codes that a valid operation must not get. */
const DEFECTS: ReadonlySet<unknown> = new Set([
  undefined,
  "INTERNAL_SERVER_ERROR",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "UPSTREAM_INVALID_RESPONSE",
  "BAD_REQUEST",
]);

const expectSound = async (operation: Operation, reply: Reply, tally: ReturnType<typeof createTally>) => {
  const codes = codesIn(reply);
  const error = await shapeError(schema, operation, reply.data);
  const description = () => `${JSON.stringify(operation)} was answered ${JSON.stringify(reply).slice(0, 2_000)}`;
  if (codes.some((code) => DEFECTS.has(code)) || (reply.status ?? 200) >= 500) expect.fail(description());
  if (error !== null) expect.fail(`${error}: ${description()}`);
  if (codes.length === 0 && reply.data == null) expect.fail(description());
  for (const code of codes.length === 0 ? ["answered"] : new Set(codes)) tally.add(String(code));
};

const WAYS = [byPost, byPost, byPost, bySse, bySocket] as const;

test.each([
  ["query", 0.85],
  ["mutation", 0.1],
] as const)(
  "generated operations of kind %s are answered as the schema specifies",
  { timeout: TIMEOUT_MS },
  async (root, share) => {
    const tally = createTally();
    const startedAt = performance.now();
    const size = Math.round(count * share);
    await runConcurrently(size, 24, async (index) => {
      const operation = generate(root, index);
      const ask = WAYS[index % WAYS.length] ?? byPost;
      await expectSound(operation, await ask(world.as("ada"), { ...operation }), tally);
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    process.stdout.write(`${root}: ${size} with seed ${seed} in ${seconds.toFixed(0)} s; ${tally.text()}\n`);
    await invariants.check(ALL);
  },
);

const PER_SOCKET = 50;

test("generated subscriptions over a socket are answered as the schema specifies", {
  timeout: TIMEOUT_MS,
}, async () => {
  const tally = createTally();
  const size = Math.round(count * 0.05);
  for (let first = 0; first < size; first += PER_SOCKET) {
    const socket = await openAs(world.as("ada"));
    const operations = Array.from({ length: Math.min(PER_SOCKET, size - first) }, (_, index) =>
      generate("subscription", first + index),
    );
    operations.forEach((operation, id) => socket.send({ id: String(id), type: "subscribe", payload: operation }));
    socket.subscribe("barrier", "{ viewer { name } }");
    await socket.first(({ id, type }) => id === "barrier" && type === "complete");
    await expect
      .poll(async () => (await world.program.metric("portico_subscribers")) + endedOperations(socket.received).size)
      .toBeGreaterThanOrEqual(operations.length);
    await deliverPunch(world);
    for (const name of ["DeviceStatusEvent", "EnrollmentUpdateEvent"])
      await deliver(world, { ...exampleOf(name), EventID: `evt_${name}_${first}`, AuthToken: world.north.token });
    socket.subscribe("marker", "subscription { punchAdded { cursor } }");
    await served(world.program, operations.length - endedOperations(socket.received).size + 1);
    await deliverPunch(world);
    await socket.first(({ id, type }) => id === "marker" && type === "next");
    for (const { id, type, payload } of socket.received) {
      const operation = operations[Number(id)];
      if (operation === undefined || (type !== "next" && type !== "error")) continue;
      const reply = type === "error" ? { errors: payload } : payload;
      await expectSound(operation, { ...(reply as Partial<Reply>), status: null, retryAfter: null }, tally);
    }
    socket.socket.terminate();
    await served(world.program, 0);
  }
  process.stdout.write(`subscription: ${size} with seed ${seed}; messages: ${tally.text()}\n`);
  await invariants.check(ALL);
});

/** The operations that have ended. */
const endedOperations = (
  received: readonly { readonly id?: string; readonly type: string }[],
): ReadonlySet<string | undefined> =>
  new Set(
    received
      .filter(({ id, type }) => id !== "barrier" && (type === "error" || type === "complete"))
      .map(({ id }) => id),
  );

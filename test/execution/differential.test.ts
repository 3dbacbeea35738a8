import {
  execute,
  type ExecutionResult,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  SingleFieldSubscriptionsRule,
  specifiedRules,
  validate,
} from "graphql";
import { expect, test } from "vitest";
import { createExecute } from "../../src/execution/execute.ts";
import { generateDocument, generateSchema } from "./generated.ts";

/** Mutants are tried with fewer. */
const SCHEMAS = Number(process.env["EXECUTION_SCHEMAS"] ?? 400);
const DOCUMENTS = 50;
/** Every so many documents one is executed for several roots, too. */
const SHARE_FOR_ROOTS = 5;
/** Another seed is another run. */
const SEED = Number(process.env["EXECUTION_SEED"] ?? 1);

/** An event is executed with any selection: that a client may ask for one field only is a rule for clients. */
const RULES = specifiedRules.filter((rule) => rule !== SingleFieldSubscriptionsRule);

type Path = readonly (string | number)[];

/** The longest part of a path that still leads to something in the data, which is null there. */
const nullAt = (data: unknown, path: Path): string => {
  const taken: (string | number)[] = [];
  let value = data;
  for (const key of path) {
    if (value === null || value === undefined) break;
    value = (value as Record<string | number, unknown>)[key];
    taken.push(key);
  }
  return JSON.stringify(taken);
};

/**
 * Errors by the null that they brought about. Where an error went up to a nullable place, what else failed below that place
 * depends on the order of execution, and the specification leaves it open: of those only the place is compared.
 */
const errorsOf = ({ data, errors = [] }: ExecutionResult): readonly string[] => {
  const places = new Map<string, string[]>();
  for (const { path = [], message } of errors) {
    const place = nullAt(data, path);
    const messages = places.get(place) ?? [];
    const own = JSON.stringify(path) === place;
    places.set(place, [...messages, own ? message : ""]);
  }
  return [...places]
    .map(([place, messages]) => `${place} ${messages.includes("") ? "below" : messages.toSorted().join()}`)
    .toSorted();
};

/** The parts of messages that quote a value are worded by each executor for itself. */
const comparable = (text: string): string =>
  text.replaceAll(/but got.*/g, "but got").replaceAll(/must resolve to .*/g, "must resolve");

interface Case {
  readonly where: string;
  readonly run: () => ExecutionResult | Promise<ExecutionResult>;
  readonly expected: ExecutionResult;
  /** Executes it for all of `ROOTS` in one run; null if it is not, as mutations never are. */
  readonly runEach: (() => readonly ExecutionResult[] | Promise<readonly ExecutionResult[]>) | null;
  readonly expectedEach: readonly ExecutionResult[];
}

/** What the resolvers of generated schemas do follows from these: each has data and errors of its own. */
const ROOTS = [{ id: "first" }, { id: "second" }, { id: "third" }];

/** graphql-js leaves rejections unhandled when a list fails early; they are none of ours. */
const ignoringRejections = async (work: () => Promise<void>): Promise<void> => {
  const listeners = process.listeners("unhandledRejection");
  const ignore = () => {};
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", ignore);
  await work();
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
  process.off("unhandledRejection", ignore);
  for (const listener of listeners) process.on("unhandledRejection", listener);
};

const casesOf = async (each: number): Promise<readonly Case[]> => {
  const generated = generateSchema(SEED * 1_000_003 + each);
  const { schema } = generated;
  const run = createExecute(schema);
  const cases: Case[] = [];
  await ignoringRejections(async () => {
    for (let number = 0; cases.length < DOCUMENTS; number += 1) {
      const { text, variables } = generateDocument(generated, SEED * 7_919 + each * 1_000 + number);
      const document = parse(text);
      if (validate(schema, document, RULES).length > 0) continue;
      const operation = document.definitions.find(
        (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
      );
      if (operation === undefined) throw new Error("The document has no operation.");
      const expectedEach: ExecutionResult[] = [];
      const isForRoots = operation.operation !== OperationTypeNode.MUTATION && cases.length % SHARE_FOR_ROOTS === 0;
      for (const rootValue of isForRoots ? ROOTS : []) {
        expectedEach.push(await execute({ schema, document, rootValue, variableValues: variables }));
      }
      const request = { document, operation, variables };
      cases.push({
        runEach: isForRoots ? () => run.each(request)(ROOTS, undefined) : null,
        expectedEach,
        where: `schema ${each}, document ${number}: ${text} with ${JSON.stringify(variables)}`,
        run: () => run(request),
        expected: await execute({ schema, document, variableValues: variables }),
      });
    }
  });
  return cases;
};

const expectEqual = (received: ExecutionResult | undefined, expected: ExecutionResult, where: string): void => {
  expect(JSON.stringify(received?.data), where).toBe(JSON.stringify(expected.data));
  expect(errorsOf(received ?? {}).map(comparable), where).toEqual(errorsOf(expected).map(comparable));
};

test(`answers as graphql-js does: ${SCHEMAS * DOCUMENTS} operations on ${SCHEMAS} schemas whose resolvers misbehave`, {
  timeout: 240_000,
}, async () => {
  let [errors, runs] = [0, 0];
  for (let each = 0; each < SCHEMAS; each += 1) {
    for (const { where, run, expected, runEach, expectedEach } of await casesOf(each)) {
      expectEqual(await run(), expected, where);
      errors += expected.errors?.length ?? 0;
      const received = (await runEach?.()) ?? [];
      expect(received).toHaveLength(expectedEach.length);
      runs += received.length;
      for (const [index, one] of expectedEach.entries()) expectEqual(received[index], one, `${where}, root ${index}`);
    }
  }
  expect(errors).toBeGreaterThan(SCHEMAS * DOCUMENTS);
  expect(runs).toBeGreaterThan(((SCHEMAS * DOCUMENTS) / SHARE_FOR_ROOTS) * 2);
});

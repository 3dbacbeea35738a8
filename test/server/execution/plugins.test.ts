import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { expect, test } from "vitest";
import { startPortico } from "../../kit/portico/app.ts";

const QUERY = `query Names($first: Int!) { devices(first: $first) { nodes { serialNumber name } } }`;

test("a plugin sees each query and mutation with its context, and its result", async () => {
  const seen: unknown[] = [];
  const plugin: Plugin = {
    onExecute({ args }) {
      const { viewer } = args.contextValue as unknown as { readonly viewer: { readonly account: string } };
      return {
        onExecuteDone({ result }) {
          seen.push([args.operationName, viewer.account, Object.keys((result as { data: object }).data)]);
        },
      };
    },
  };
  const plain = await startPortico();
  const portico = await startPortico({}, {}, { plugins: [plugin] });
  const expected = await plain.ask(QUERY, { first: 2 });
  const received = await portico.ask(QUERY, { first: 2 });
  expect(received.data).toEqual(expected.data);
  expect(received.errors).toBeUndefined();
  expect(seen).toEqual([["Names", "default", ["devices"]]]);
});

test("a plugin can answer instead of the schema, and nothing is sent to the gateway then", async () => {
  const plugin: Plugin = {
    onExecute({ setResultAndStopExecution }) {
      setResultAndStopExecution({ data: { devices: null }, errors: [new GraphQLError("cached")] });
    },
  };
  const portico = await startPortico({}, {}, { plugins: [plugin] });
  portico.upstream();
  const { data } = await portico.ask(QUERY, { first: 2 });
  expect(data).toEqual({ devices: null });
  expect(portico.upstream()).toEqual([]);
});

test("an error of a plugin does not reach the client", async () => {
  const plugin: Plugin = {
    onExecute() {
      throw new Error("The password is canary.");
    },
  };
  const portico = await startPortico({}, {}, { plugins: [plugin] });
  const { errors } = await portico.ask(QUERY, { first: 2 });
  expect(errors?.map(({ message, extensions }) => [message, extensions["code"]])).toEqual([
    ["Unexpected error.", "INTERNAL_SERVER_ERROR"],
  ]);
});

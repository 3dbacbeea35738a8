import { Trace } from "@apollo/usage-reporting-protobuf";
import { expect, test } from "vitest";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";

const QUERY = `{
  seen: punches(from: "2026-06-19T00:00:00", to: "2026-06-20T00:00:00", first: 2) { nodes { id device { serialNumber } } }
  door(serialNumber: "SN7A2300583") { number state }
}`;

interface Body {
  readonly data: object;
  readonly errors?: readonly { readonly message: string }[];
  readonly extensions?: { readonly ftv1?: string };
}

const ask = async ({ url }: TestApp, headers: Readonly<Record<string, string>>, query = QUERY): Promise<Body> => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as Body;
};

const TRACED = { "apollo-federation-include-trace": "ftv1" };

const traceOf = ({ extensions }: Body): Trace => Trace.decode(Buffer.from(extensions?.ftv1 ?? "", "base64"));

/** The names and indices of the nodes, as in the response. */
const shape = (nodes: readonly Trace.INode[]): unknown[] =>
  nodes.map((node) => [node.responseName || (node.index ?? 0), ...(node.child?.length ? [shape(node.child)] : [])]);

test("a router that requests a trace gets each field's path, type and time", async () => {
  const portico = await startPortico();
  const body = await ask(portico, TRACED);
  const trace = traceOf(body);
  const row = ["id", "device"].map((name) => (name === "id" ? [name] : [name, [["serialNumber"]]]));
  expect(shape(trace.root?.child ?? [])).toEqual([
    [
      "seen",
      [
        [
          "nodes",
          [
            [0, row],
            [1, row],
          ],
        ],
      ],
    ],
    ["door", [["number"], ["state"]]],
  ]);
  const [seen] = trace.root?.child ?? [];
  expect(seen).toMatchObject({ originalFieldName: "punches", type: "PunchConnection", parentType: "Query" });
  const [begin, end] = [Number(seen?.startTime), Number(seen?.endTime)];
  expect(begin).toBeGreaterThan(0);
  expect(end).toBeGreaterThan(begin);
  expect(trace.durationNs).toBeGreaterThanOrEqual(end);
  expect(Number(trace.startTime?.seconds)).toBeLessThanOrEqual(Number(trace.endTime?.seconds));
  const without = await ask(portico, {});
  expect(without.extensions).toBeUndefined();
  expect(without.data).toEqual(body.data);
});

test("the trace has the errors of the response, at the fields that failed", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ operation: "GetDoorStatus", kind: "echo", status: 500, times: null });
  const body = await ask(portico, TRACED);
  const door = traceOf(body).root?.child?.find(({ responseName }) => responseName === "door");
  const state = door?.child?.find(({ responseName }) => responseName === "state");
  expect(body.errors).toMatchObject([{ path: ["door", "state"] }]);
  expect(state?.error?.map(({ message }) => message)).toEqual([body.errors?.[0]?.message]);
  expect(JSON.parse(state?.error?.[0]?.json ?? "")).toEqual(body.errors?.[0]);
  expect(Buffer.from(body.extensions?.ftv1 ?? "", "base64").toString("latin1")).not.toContain(portico.sandbox.token);
});

test("references of a router are traced like any query, and a request for another format gets no trace", async () => {
  const portico = await startPortico();
  const query = `{ _entities(representations: [{ __typename: "Device", serialNumber: "SN7A2300583" }]) { ... on Device { name } } }`;
  expect(shape(traceOf(await ask(portico, TRACED, query)).root?.child ?? [])).toEqual([
    ["_entities", [[0, [["name"]]]]],
  ]);
  const other = await ask(portico, { "apollo-federation-include-trace": "ftv2" }, query);
  expect(other.extensions).toBeUndefined();
});

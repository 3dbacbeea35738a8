import { expect, test } from "vitest";
import { askAs, bearer, keyFile, keyOf, openFile } from "../../kit/portico/callers.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { until } from "../../kit/until.ts";

const DEVICE = "SN7A2300583";

/** A caller who may read devices, and one who may only read doors. */
const startWithTwo = async () => {
  const keys = await openFile(keyFile({ all: { scopes: ["devices:read"] }, few: { scopes: ["callbacks:manage"] } }));
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: keys.path });
  const ask = async (name: string, query: string): Promise<unknown> =>
    (await askAs(portico.url, bearer(keyOf(name)), query)).json();
  return { portico, ask };
};

test.each([
  ["Device", `serialNumber: "${DEVICE}"`, "model"],
  ["User", `employeeCode: "1042"`, "name"],
])("without its scope, a field of a %s is forbidden in an entity", async (type, key, field) => {
  const { ask } = await startWithTwo();
  const query = `{ _entities(representations: [{ __typename: "${type}", ${key} }]) { ... on ${type} { ${field} } } }`;
  expect(await ask("few", query)).toMatchObject({ errors: [{ extensions: { code: "FORBIDDEN" } }] });
});

test("a query of a caller with fewer rights does not share an execution that is in flight", async () => {
  const { portico, ask } = await startWithTwo();
  portico.sandbox.faults.add({ kind: "delay", ms: 1_500, operation: "ListDevices" });
  const query = "{ devices(first: 1) { nodes { serialNumber } } }";
  const first = ask("all", query);
  await until(() => portico.sandbox.faults.list().length === 0, {
    what: "the first query is in flight",
  });
  const second = await ask("few", query);
  expect(second).toMatchObject({ errors: [{ extensions: { code: "FORBIDDEN" } }] });
  expect(await first).not.toHaveProperty("errors");
});

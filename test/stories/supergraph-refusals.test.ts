import { expect, test } from "vitest";
import { openApolloGateway } from "../kit/portico/apollo-gateway.ts";
import { startPortico } from "../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";
import { openSupergraph } from "../kit/portico/supergraph.ts";

const BADGES = `{ employees(first: 2) { number user { employeeCode badge } } }`;
const NO_BADGES = [
  { number: "H1", user: { employeeCode: "1001", badge: null } },
  { number: "H2", user: { employeeCode: "1002", badge: null } },
];
const KEYS = {
  ada: { scopes: ["users:read", "devices:read", "doors:read"] },
  low: { scopes: ["devices:read", "attendance:read"] },
};

const startKeyed = async (env: Readonly<Record<string, string>> = {}) => {
  const file = await openFile(keyFile(KEYS));
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: file.path, ...env });
  return { portico, ada: bearer(keyOf("ada")), low: bearer(keyOf("low")) };
};

test("when Portico refuses a field or is away, its fields and what requires them are null, each with an error at its path", async () => {
  const { portico, ada, low } = await startKeyed();
  const { ask } = await openSupergraph(portico.url, "sse", undefined, ada);
  expect((await ask(BADGES, ada)).data).toMatchObject({ employees: [{ user: { badge: "Sofia Mbeki (1001)" } }, {}] });

  const refused = await ask(BADGES, low);
  expect(refused.data).toEqual({ employees: NO_BADGES });
  expect(refused.errors).toMatchObject(
    [0, 1].map((index) => ({ path: ["employees", index, "user", "name"], extensions: { code: "FORBIDDEN" } })),
  );
  const doors = await ask(`{ buildings { name doors { number state } } }`, low);
  expect(doors.data).toMatchObject({
    buildings: [{ name: "Pune Works", doors: [{ number: 1, state: null }] }, {}, {}, {}],
  });
  expect(doors.errors?.[0]).toMatchObject({
    path: ["buildings", 0, "doors", 0, "state"],
    extensions: { code: "FORBIDDEN" },
  });

  await portico.stop();
  const away = await ask(BADGES, ada);
  expect(away.data).toEqual({ employees: NO_BADGES });
  expect(away.errors).toMatchObject(
    [0, 1].map((index) => ({
      message: "portico cannot be reached.",
      path: ["employees", index, "user"],
      extensions: { code: "DOWNSTREAM_SERVICE_ERROR" },
    })),
  );
  const [root] = (await ask(`{ devices(first: 1) { nodes { name } } buildings { name } }`, ada)).errors ?? [];
  expect(root?.path).toEqual(["devices"]);
});

test("behind Apollo Gateway a refused field and what requires it are null, with the error of the field", async () => {
  const { portico, ada, low } = await startKeyed();
  const { ask } = await openApolloGateway({ portico: portico.url, ...ada });
  expect((await ask(BADGES, ada)).data).toMatchObject({ employees: [{ user: { badge: "Sofia Mbeki (1001)" } }, {}] });
  const refused = await ask(BADGES, low);
  expect(refused.data).toEqual({ employees: NO_BADGES });
  expect(refused.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }, { extensions: { code: "FORBIDDEN" } }]);
  await portico.stop();
  const away = await ask(BADGES, ada);
  expect(away.data).toEqual({ employees: NO_BADGES });
  expect(away.errors).toHaveLength(1);
});

test("with SUBGRAPH_SCOPES=on the example composes, and the rights of the caller hold as before", async () => {
  const { portico, ada, low } = await startKeyed({ SUBGRAPH_SCOPES: "on" });
  const { ask } = await openSupergraph(portico.url, "sse", undefined, ada);
  expect((await ask(BADGES, ada)).data).toMatchObject({ employees: [{ user: { badge: "Sofia Mbeki (1001)" } }, {}] });
  expect((await ask(BADGES, low)).data).toEqual({ employees: NO_BADGES });
});

test("each event through the router has its own errors and no others", async () => {
  const { portico, ada, low } = await startKeyed();
  const { url } = await openSupergraph(portico.url, "sse", undefined, ada);
  const query = `subscription { punchAdded { cursor punch { user { employeeCode name } } } }`;
  const { events, errors } = subscribeBySocket(url, query, {}, low);
  await expect.poll(portico.live.subscribers, { timeout: 15_000 }).toBe(1);
  for (const EmployeeCode of ["1001", "1002", "1003"]) portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode });
  await expect.poll(() => events, { timeout: 15_000 }).toHaveLength(3);
  const forbidden = { path: ["punchAdded", "punch", "user", "name"], extensions: { code: "FORBIDDEN" } };
  expect(errors).toMatchObject([forbidden, forbidden, forbidden]);
});

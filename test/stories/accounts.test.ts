import { createClient } from "graphql-ws";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { parseAccounts } from "../../src/config/accounts.ts";
import { ConfigError } from "../../src/config/config.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { SCOPES } from "../../src/schema/kernel/viewer.ts";
import { freePort } from "../kit/ports.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { askAs, bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";

const USUAL = { start: Date.parse("2026-06-21T04:00:00Z"), acknowledgeMs: 10 } as const;
const SECRETS = { north: "n".repeat(32), south: "s".repeat(32) } as const;

const ONLY_NORTH = "SN7A2300583";

type Name = keyof typeof SECRETS;

interface Two {
  readonly app: TestApp;
  readonly sandboxes: Readonly<Record<Name, Sandbox>>;
  readonly ask: <Data>(name: string, query: string, variables?: object) => Promise<Answer<Data>>;
  readonly logs: readonly string[];
}

interface Answer<Data> {
  readonly data: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

/** One process with two accounts, each on its own gateway. They share all devices except one, and have different people. */
const startTwo = async (env: Readonly<Record<string, string>> = {}): Promise<Two> => {
  const port = await freePort();
  const north = await withSandbox({ ...USUAL, accountToken: "N".repeat(32), seed: 1 });
  const south = await withSandbox({ ...USUAL, accountToken: "S".repeat(32), seed: 2 });
  south.gateway.world.devices.delete(ONLY_NORTH);
  const accounts = await openFile(
    JSON.stringify([
      { name: "north", url: north.url, authToken: north.token, callbackSecret: SECRETS.north },
      { name: "south", url: south.url, authToken: south.token, callbackSecret: SECRETS.south },
    ]),
  );
  const keys = await openFile(
    keyFile({
      north: { scopes: SCOPES, account: "north" },
      south: { scopes: SCOPES, account: "south" },
      nowhere: { scopes: SCOPES, account: "west" },
      nobody: { scopes: SCOPES },
    }),
  );
  const app = await startPortico(north, {
    GATEWAY_URL: "",
    GATEWAY_AUTH_TOKEN: "",
    ACCESS: "",
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    GATEWAY_ACCOUNTS_FILE: accounts.path,
    ACCESS_API_KEYS_FILE: keys.path,
    ...env,
  });
  const ask = async <Data>(name: string, query: string, variables: object = {}) =>
    (await (await askAs(app.url, bearer(keyOf(name)), query, variables)).json()) as Answer<Data>;
  return { app, sandboxes: { north, south }, ask, logs: app.logs };
};

const serials = ({ gateway }: Sandbox): string[] => [...gateway.world.devices.keys()].toSorted();

const operations = ({ ledger }: Sandbox): string[] => ledger.entries({}).map(({ operation }) => operation);

test("callers reach only their own account", async () => {
  const two = await startTwo();
  const devices = `{ viewer { name } devices(first: 100) { nodes { serialNumber } } }`;
  for (const name of ["north", "south"] as const) {
    const { data } = await two.ask<{ devices: { nodes: { serialNumber: string }[] } }>(name, devices);
    expect(data.devices.nodes.map(({ serialNumber }) => serialNumber).toSorted()).toEqual(serials(two.sandboxes[name]));
  }
});

test("a caller of an unknown account, or of no account, is not authenticated", async () => {
  const { app } = await startTwo();
  for (const name of ["nowhere", "nobody"]) {
    const response = await askAs(app.url, bearer(keyOf(name)));
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  }
});

const BY_ANY_REFERENCE = `query ($serial: String!, $id: ID!, $reference: _Any!) {
  device(serialNumber: $serial) { id }
  door(serialNumber: $serial) { id }
  node(id: $id) { id }
  _entities(representations: [$reference]) { __typename }
}`;

test("an object of another account is not found by any kind of reference", async () => {
  const two = await startTwo();
  const serial = ONLY_NORTH;
  const { data: own } = await two.ask<{ device: { id: string } }>(
    "north",
    `query ($serial: String!) { device(serialNumber: $serial) { id } }`,
    { serial },
  );
  const before = operations(two.sandboxes.north).length;
  const unknown = await two.ask<Readonly<Record<string, unknown>>>("south", BY_ANY_REFERENCE, {
    serial,
    id: own.device.id,
    reference: { __typename: "Device", serialNumber: serial },
  });
  const absent = await two.ask<Readonly<Record<string, unknown>>>("south", BY_ANY_REFERENCE, {
    serial: "SN99ABSENT999",
    id: Buffer.from("Device:SN99ABSENT999").toString("base64url"),
    reference: { __typename: "Device", serialNumber: "SN99ABSENT999" },
  });
  expect(unknown.data).toEqual({ device: null, door: null, node: null, _entities: [null] });
  expect(unknown).toEqual(absent);
  const opened = await two.ask<{ openDoor: { userErrors: { code: string }[] } }>(
    "south",
    `mutation ($serial: String!) { openDoor(input: { serialNumber: $serial }) { command { id } userErrors { code } } }`,
    { serial },
  );
  expect(opened.data.openDoor.userErrors).toEqual([{ code: "DEVICE_NOT_FOUND" }]);
  expect(operations(two.sandboxes.north)).toHaveLength(before);
});

test("two accounts can use the same idempotency key, and the commands of one are unknown to the other", async () => {
  const two = await startTwo();
  const [serial] = serials(two.sandboxes.south).filter((each) => serials(two.sandboxes.north).includes(each));
  const reboot = `mutation ($serial: String!) {
    rebootDevice(input: { serialNumbers: [$serial], options: { idempotencyKey: "the-same-key", waitSeconds: 5 } }) {
      commands { id operationId }
    }
  }`;
  interface Rebooted {
    readonly rebootDevice: { readonly commands: readonly { readonly id: string; readonly operationId: string }[] };
  }
  const north = await two.ask<Rebooted>("north", reboot, { serial });
  const south = await two.ask<Rebooted>("south", reboot, { serial });
  const [ours, theirs] = [north.data.rebootDevice.commands[0], south.data.rebootDevice.commands[0]];
  expect(ours?.operationId).not.toBe(theirs?.operationId);
  for (const sandbox of Object.values(two.sandboxes)) {
    expect(operations(sandbox).filter((name) => name === "RebootDevice")).toHaveLength(1);
  }
  const query = `query ($id: ID!, $operation: String!) { command(id: $id) { id } commands(operationId: $operation) { id } }`;
  const asked = await two.ask("south", query, { id: ours?.id, operation: ours?.operationId });
  expect(asked.data).toEqual({ command: null, commands: [] });
});

test("events of one account reach only its subscribers, and its cursors are foreign to the other account", async () => {
  const two = await startTwo();
  const received: Record<Name, unknown[]> = { north: [], south: [] };
  for (const name of ["north", "south"] as const) {
    const client = createClient({
      url: `${two.app.url.replace("http", "ws")}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: bearer(keyOf(name)),
    });
    onTestFinished(() => client.dispose());
    const query = "subscription { punchAdded { cursor punch { user { employeeCode } } } }";
    client.subscribe({ query }, { next: ({ data }) => received[name].push(data), error: () => {}, complete: () => {} });
  }
  await expect.poll(two.app.live.subscribers).toBe(2);
  const { north, south } = two.sandboxes;
  for (const sandbox of [north, south]) {
    const online = [...sandbox.gateway.world.devices.values()].find((device) => device.online);
    sandbox.punch({ DeviceSN: online?.DeviceSN ?? "", EmployeeCode: sandbox === north ? "N-1" : "S-1" });
  }
  const codes = (name: Name) => JSON.stringify(received[name]);
  await expect.poll(() => codes("north")).toContain("N-1");
  await expect.poll(() => codes("south")).toContain("S-1");
  expect([codes("north").includes("S-1"), codes("south").includes("N-1")]).toEqual([false, false]);
  interface Page {
    readonly events: { readonly cursor: string; readonly nodes: readonly { readonly gap: boolean }[] };
  }
  const page = "query ($after: EventCursor) { events(after: $after) { cursor nodes { gap } } }";
  const { data } = await two.ask<Page>("north", page);
  const elsewhere = await two.ask<Page>("south", page, { after: data.events.cursor });
  expect(elsewhere.data.events.nodes[0]?.gap).toBe(true);
});

test("a signed link reads from the account that it was signed for", async () => {
  const two = await startTwo();
  interface Export {
    readonly attendanceExport: { readonly url: string };
  }
  const range = `{ attendanceExport(from: "2026-06-19T00:00:00", to: "2026-06-20T00:00:00") { url } }`;
  const { data } = await two.ask<Export>("south", range);
  const before = operations(two.sandboxes.north).length;
  expect((await fetch(data.attendanceExport.url)).status).toBe(200);
  expect(operations(two.sandboxes.south)).toContain("ExportAttendance");
  expect(operations(two.sandboxes.north)).toHaveLength(before);
});

test("while the gateway of one account is unavailable, the other is served, and readiness names the account", async () => {
  const two = await startTwo();
  two.sandboxes.north.faults.add({ kind: "5xx", times: null });
  const failed = await two.ask("north", "{ devices { totalCount } }");
  expect(failed.errors).toMatchObject([{ extensions: { code: "UPSTREAM_UNAVAILABLE" } }]);
  const served = await two.ask("south", "{ devices { totalCount } gateway { available } }");
  expect(served.errors).toBeUndefined();
  const ready = await fetch(`${two.app.url}/health/ready`);
  expect([ready.status, JSON.stringify(await ready.json())]).toEqual([
    200,
    expect.stringMatching(/"reasons":\[\],"warnings":\[[^]*Account north: The gateway did not answer/),
  ]);
});

test("the log contains no secret of an account", async () => {
  const two = await startTwo({ LOG_LEVEL: "trace" });
  await two.ask("north", "{ devices { totalCount } }");
  const written = two.logs.join("\n");
  for (const secret of [...Object.values(SECRETS), "N".repeat(32), "S".repeat(32)])
    expect(written).not.toContain(secret);
});

test.each([
  ["malformed JSON", "[", "the file must be JSON"],
  ["an object in place of the list", "{}", "the file must be a list of accounts"],
  ["an empty list", "[]", "the file must have at least one account"],
  [
    "no token",
    JSON.stringify([{ name: "a", url: "https://g.example.com", callbackSecret: "x".repeat(32) }]),
    "authToken",
  ],
  [
    "a weak secret",
    JSON.stringify([{ name: "a", url: "https://g.example.com", authToken: "T".repeat(32), callbackSecret: "short" }]),
    "callbackSecret: must be 32 to 128",
  ],
  [
    "plain http to another machine",
    JSON.stringify([
      { name: "a", url: "http://g.example.com", authToken: "T".repeat(32), callbackSecret: "x".repeat(32) },
    ]),
    "url: must be an absolute https URL",
  ],
  [
    "a member of another type",
    JSON.stringify([{ name: "a", callbackSecret: 5 }]),
    "account 1, callbackSecret: must be text.",
  ],
  ["a missing member", "[{}]", "account 1, name: must be text."],
  ["an unknown member", JSON.stringify([{ extra: "T".repeat(32) }]), 'account 1: must not have "extra".'],
  [
    "a malformed serial number",
    JSON.stringify([{ deviceTokens: { x: "T".repeat(32) } }]),
    "account 1, deviceTokens.x: must have 6 to 32 letters, digits or hyphens.",
  ],
])("an accounts file with %s is rejected with one clear line", (_what, text, line) => {
  expect(() => parseAccounts(text)).toThrow(ConfigError);
  expect(() => parseAccounts(text)).toThrow(line);
  expect(() => parseAccounts(text)).not.toThrow("T".repeat(32));
});

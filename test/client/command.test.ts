import { expect, test } from "vitest";
import { createClient, memoryCursors } from "../../src/client/index.ts";
import { graphql } from "../gql/gql.ts";
import { DEVICE, pageOf, RawAnswer, startOnScratch } from "../kit/gateway/scratch.ts";
import { setBack } from "../kit/set-back.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";

const OPEN = graphql(`
  mutation ClientOpenDoor($input: OpenDoorInput!) {
    openDoor(input: $input) { command { id status } userErrors { code message } }
  }
`);
const SYNC = graphql(`
  mutation ClientSyncTime($input: SyncDeviceTimeInput!) {
    syncDeviceTime(input: $input) { commands { id status } userErrors { code message } }
  }
`);
const DELETE = graphql(`
  mutation ClientDeleteUser($input: DeleteUserInput!) {
    deleteUser(input: $input) { commands { id status } userErrors { code message } }
  }
`);
const DOOR = { serialNumber: "SN7A2300583" };
const FAST = { baseMs: 20, maxMs: 200 };

const opened = (portico: TestApp) => portico.upstream().filter((name) => name === "OpenDoor").length;

test("a command is sent once and followed to its final state", async () => {
  const portico = await startPortico({ acknowledgeMs: 300 });
  const run = createClient({ url: `${portico.url}/graphql` }).command(OPEN, DOOR);
  const seen: string[] = [];
  run.subscribe(({ status }) => void seen.push(status));
  const { status, commands, data } = await run.result;
  expect({ status, final: commands.map((each) => each.status) }).toEqual({ status: "done", final: ["SUCCEEDED"] });
  expect(data?.openDoor.command?.id).toBe(commands[0]?.id);
  expect(seen).toContain("pending");
  expect(opened(portico)).toBe(1);
});

test("a command whose answers are lost is sent once", async () => {
  const portico = await startPortico();
  let lost = 3;
  const losing: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (lost === 0) return response;
    lost -= 1;
    await response.body?.cancel();
    throw new TypeError("The connection was lost.");
  };
  const client = createClient({ url: `${portico.url}/graphql`, fetch: losing, backoff: FAST });
  const { status, commands } = await client.command(OPEN, DOOR).result;
  expect([status, commands.map((each) => each.status)]).toEqual(["done", ["SUCCEEDED"]]);
  expect({ lost, opened: opened(portico) }).toEqual({ lost: 0, opened: 1 });
});

test("the key that the input has is the key of the command", async () => {
  const portico = await startPortico();
  const client = createClient({ url: `${portico.url}/graphql` });
  const visit = (more?: { idempotencyKey?: string; name?: string }) =>
    client.command(OPEN, { ...DOOR, options: { idempotencyKey: "visit-4711" } }, more).result;
  const [first, again, named] = [await visit(), await visit(), await visit({ name: "front door" })];
  const keys = [first, again, named].map(({ idempotencyKey }) => idempotencyKey);
  expect(keys).toEqual(["visit-4711", "visit-4711", "visit-4711"]);
  expect([again, named].map(({ commands }) => commands[0]?.id)).toEqual([first.commands[0]?.id, first.commands[0]?.id]);
  expect(opened(portico)).toBe(1);
  expect((await visit({ idempotencyKey: "visit-4712" })).idempotencyKey).toBe("visit-4712");
  const none = await client.command(OPEN, { ...DOOR, options: { idempotencyKey: null } }).result;
  expect([none.status, none.idempotencyKey]).toEqual(["done", expect.stringMatching(/./)]);
});

test("a command gives up in time although the clock is set back", async () => {
  const deaf: typeof fetch = () => Promise.reject(new TypeError("The connection was lost."));
  const client = createClient({ url: "http://localhost/graphql", fetch: deaf, backoff: { baseMs: 5, maxMs: 20 } });
  const run = client.command(OPEN, DOOR, { giveUpAfterMs: 100 });
  setBack();
  expect((await run.result).status).toBe("unknown");
});

test("a page that is reloaded continues with its command instead of sending another one", async () => {
  const portico = await startPortico();
  const cursors = memoryCursors();
  const deaf: typeof fetch = async (input, init) => {
    await (await fetch(input, init)).body?.cancel();
    throw new TypeError("The connection was lost.");
  };
  const url = `${portico.url}/graphql`;
  const before = createClient({ url, cursors, fetch: deaf, backoff: FAST });
  const gaveUp = await before.command(OPEN, DOOR, { name: "front door", giveUpAfterMs: 0 }).result;
  expect(gaveUp.status).toBe("unknown");
  const after = createClient({ url, cursors }).command(OPEN, DOOR, { name: "front door" });
  const { status, idempotencyKey } = await after.result;
  expect([status, idempotencyKey]).toEqual(["done", gaveUp.idempotencyKey]);
  expect(opened(portico)).toBe(1);
  expect(await cursors.get("front door")).toBeUndefined();
});

test("a command for several devices is done when each of its commands is final", async () => {
  const portico = await startPortico({ acknowledgeMs: 200 });
  const [first = "", second = ""] = [...portico.sandbox.gateway.world.devices.values()]
    .filter(({ online }) => online)
    .map(({ DeviceSN }) => DeviceSN);
  const client = createClient({ url: `${portico.url}/graphql`, transport: "sse" });
  const { status, commands } = await client.command(SYNC, { serialNumbers: [first, second] }).result;
  expect([status, commands.map((each) => each.status)]).toEqual(["done", ["SUCCEEDED", "SUCCEEDED"]]);
});

test("a command that the gateway rejects says why, and one that is no document fails", async () => {
  const portico = await startPortico();
  const client = createClient({ url: `${portico.url}/graphql` });
  const rejected = await client.command(OPEN, { serialNumber: "NOSUCHDEVICE" }).result;
  expect([rejected.status, rejected.userErrors[0]?.code]).toEqual(["rejected", "DEVICE_NOT_FOUND"]);
  const failed = await client.command("mutation { nothing }", {}).result;
  expect([failed.status, failed.errors[0]?.extensions?.code]).toEqual(["failed", "GRAPHQL_VALIDATION_FAILED"]);
});

test("a command that may have been carried out is unknown, and its key stays", async () => {
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [DEVICE]),
    DeleteUser: new RawAnswer(Buffer.from("<html>done</html>")),
    GetCommandStatus: 404,
  });
  const cursors = memoryCursors();
  const client = createClient({ url: `${portico.url}/graphql`, cursors });
  const input = { employeeCode: "42", from: { everywhere: true } };
  const { status, errors, idempotencyKey } = await client.command(DELETE, input, { name: "leaver", giveUpAfterMs: 0 })
    .result;
  expect([status, errors.map(({ extensions }) => extensions?.["ambiguous"])]).toEqual(["unknown", [true]]);
  expect(await cursors.get("leaver")).toBe(idempotencyKey);
});

test.each([
  ["`status`", "openDoor(input: $input) { command { id } userErrors { message } }", DOOR],
  ["`id`", "openDoor(input: $input) { command { status } userErrors { message } }", DOOR],
  ["`userErrors`", "openDoor(input: $input) { command { id status } }", { serialNumber: "NOSUCHDEVICE" }],
])(
  "a mutation that does not select %s is reported after one request, and its key stays",
  async (_name, field, input) => {
    const portico = await startPortico();
    let requests = 0;
    const counting: typeof fetch = (...request) => {
      requests += 1;
      return fetch(...request);
    };
    const cursors = memoryCursors();
    const client = createClient({ url: `${portico.url}/graphql`, fetch: counting, cursors });
    const document = `mutation ($input: OpenDoorInput!) { ${field} }`;
    const run = await client.command(document, input, { name: "front door" }).result;
    expect([run.status, run.errors[0]?.message]).toEqual(["unknown", expect.stringContaining("must select `id`")]);
    expect({ requests, key: await cursors.get("front door") }).toEqual({ requests: 1, key: run.idempotencyKey });
  },
);

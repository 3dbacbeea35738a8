import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openFile } from "../../kit/portico/callers.ts";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { subscribeBySocket } from "../../kit/portico/live.ts";
import { openSocket } from "../../kit/portico/socket.ts";

type Line = Readonly<Record<string, unknown>>;

const trail = ({ logs }: TestApp): readonly Line[] =>
  logs.map((line) => JSON.parse(line) as Line).filter((line) => "audit" in line);

test("a command is logged with its caller, time, reason and outcome", async () => {
  const portico = await startPortico();
  await portico.ask(
    `mutation { openDoor(input: { serialNumber: "SN7A2300583", doorNumber: 1, options: { reason: "courier\\n{}" } }) { command { id } } }`,
  );
  expect(trail(portico)).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-/) as string,
      message: "audit",
      audit: "mutation",
      requestId: expect.stringMatching(/./) as string,
      address: "127.0.0.1",
      transport: "http",
      viewer: "anyone",
      credential: "none",
      account: "default",
      scopes: expect.arrayContaining(["doors:control"]) as string[],
      mutation: "openDoor",
      subject: { serialNumber: "SN7A2300583", doorNumber: 1, reason: "courier\n{}" },
      outcome: {
        commands: [
          {
            commandId: expect.stringMatching(/./) as string,
            operationId: expect.stringMatching(/./) as string,
            DeviceSN: "SN7A2300583",
            status: "Done",
            statusCode: 0,
          },
        ],
      },
    },
  ]);
});

test("a rejected command is logged with its codes", async () => {
  const portico = await startPortico();
  await portico.ask(`mutation {
    unknown: openDoor(input: { serialNumber: "SN00000000000" }) { command { id } }
    rebootDevice(input: { serialNumbers: ["!"] }) { commands { id } }
  }`);
  const outcomes = trail(portico).map(({ mutation, outcome }) => [mutation, outcome]);
  expect(outcomes).toEqual([
    ["openDoor", { commands: [], refused: ["DEVICE_NOT_FOUND"] }],
    ["rebootDevice", { commands: [], refused: ["INVALID_INPUT"] }],
  ]);
});

test("a fault is logged with its code", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ operation: "ResetDeviceQueue", kind: "unauthenticated", times: null });
  await portico.ask(`mutation { resetDeviceQueue(input: { serialNumber: "SN7A2300583" }) { restartedCallbacks } }`);
  expect(trail(portico)).toMatchObject([
    { mutation: "resetDeviceQueue", subject: { scope: "Commands" }, outcome: { error: "UPSTREAM_UNAUTHENTICATED" } },
  ]);
});

test("the end of a queued command is logged once, with the request that sent it", async () => {
  const portico = await startPortico();
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  const { data } = await portico.ask<{ resendUser: { commands: { id: string }[] } }, object>(
    `mutation {
      resendUser(input: { employeeCode: "1042", serialNumbers: ["SN7A2300584"], options: { waitSeconds: 0 } }) { commands { id } }
    }`,
  );
  const id = data.resendUser.commands[0]?.id;
  const follower = subscribeBySocket(portico.url, `subscription ($id: ID!) { commandUpdated(id: $id) { status } }`, {
    id,
  });
  portico.sandbox.changeDevice("SN7A2300584", { online: true });
  await follower.ended;
  await expect.poll(() => trail(portico)).toHaveLength(2);
  const [asked, ended] = trail(portico);
  expect(asked).toMatchObject({ outcome: { commands: [{ status: "Queued" }] } });
  expect(ended).toMatchObject({
    audit: "command",
    requestId: asked?.["requestId"],
    mutation: "resendUser",
    DeviceSN: "SN7A2300584",
    failureReason: null,
  });
});

test("queries are not logged", async () => {
  const portico = await startPortico();
  await portico.ask(`{ devices { totalCount } }`);
  expect(trail(portico)).toEqual([]);
});

test("with AUDIT_FILE the trail is written to the file, at any log level", async () => {
  const { path } = await openFile("");
  const portico = await startPortico({}, { AUDIT_FILE: path, LOG_LEVEL: "silent" });
  await portico.ask(`mutation { rebootDevice(input: { serialNumbers: ["SN7A2300583"] }) { commands { id } } }`);
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as Line)["mutation"])).toEqual(["rebootDevice"]);
  expect(portico.logs).toEqual([]);
});

test("a file that cannot be written is a configuration error", async () => {
  await expect(startPortico({}, { AUDIT_FILE: "/none/trail" })).rejects.toThrow(/AUDIT_FILE: ENOENT/);
});

const SET_PIN = `mutation SetPin($input: SetUserPasswordInput!) { setUserPassword(input: $input) { userErrors { code } } }`;
const OPEN_DOOR = `mutation { first: openDoor(input: { serialNumber: "SN7A2300583", doorNumber: 1, options: { waitSeconds: 0 } }) {
  userErrors { code } } ...Second } fragment Second on Mutation {
  openDoor(input: { serialNumber: "SN7A2300584", doorNumber: 2, options: { waitSeconds: 0 } }) { userErrors { code } } }`;

test("mutations that are refused before they begin are logged with what they are about, and nothing secret", async () => {
  const portico = await startPortico({}, { LIMIT_CREDENTIALS: "2", LIMIT_DOORS: "1" });
  const pin = (input: object) => portico.ask(SET_PIN, { input });
  const whole = { employeeCode: "1042", serialNumbers: ["SN7A2300583"], password: "7531", options: { waitSeconds: 0 } };
  await pin(whole);
  expect(trail(portico)).toHaveLength(1);
  await pin({ ...whole, employeeCode: { password: "7531" }, options: "7531" });
  await pin(whole);
  // The first ones are let through.
  await portico.ask(OPEN_DOOR);
  await portico.ask(OPEN_DOOR);
  const socket = await openSocket(portico);
  socket.subscribe("1", OPEN_DOOR);
  await expect.poll(() => socket.of("1")).not.toEqual([]);
  await fetch(`${portico.url}/graphql?query=${encodeURIComponent(OPEN_DOOR)}`);
  const refused = trail(portico).filter(({ outcome }) => JSON.stringify(outcome ?? {}).includes("error"));
  const facts = refused.map(({ mutation, subject, outcome }) => [mutation, subject, outcome]);
  const gate = ["openDoor", { serialNumber: "SN7A2300583", doorNumber: 1 }];
  const side = ["openDoor", { serialNumber: "SN7A2300584", doorNumber: 2 }];
  expect(facts).toEqual([
    ["setUserPassword", { serialNumbers: ["SN7A2300583"] }, { error: "BAD_USER_INPUT" }],
    ["setUserPassword", { employeeCode: "1042", serialNumbers: ["SN7A2300583"] }, { error: "RATE_LIMITED" }],
    ...[gate, side].map((each) => [...each, { error: "RATE_LIMITED" }]),
    ...[gate, side].map((each) => [...each, { error: "RATE_LIMITED" }]),
    ...[gate, side].map((each) => [...each, { error: "BAD_REQUEST" }]),
  ]);
  expect(refused.map(({ transport }) => transport)).toContain("websocket");
  expect(refused[0]).toMatchObject({ viewer: "anyone", operationName: "SetPin" });
  expect(portico.logs.join("")).not.toContain("7531");
});

test("a mutation that costs too much is logged, a query is not", async () => {
  const portico = await startPortico({}, { LIMIT_COST: "10" });
  await portico.ask(
    `mutation { openDoor(input: { serialNumber: "SN7A2300583" }) { command { device { users(first: 100) { nodes { name } } } } } }`,
  );
  await portico.ask(`{ devices(first: 100) { nodes { users(first: 100) { nodes { name } } } } }`);
  expect(trail(portico)).toMatchObject([
    { mutation: "openDoor", subject: { serialNumber: "SN7A2300583" }, outcome: { error: "QUERY_TOO_EXPENSIVE" } },
  ]);
});

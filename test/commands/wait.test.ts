import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { DEVICE as GATE, pageOf, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico } from "../kit/portico/app.ts";
import { openSocket } from "../kit/portico/socket.ts";
import { subscribeBySse } from "../kit/portico/live.ts";
import { until } from "../kit/until.ts";

const [DEVICE, OTHER] = ["SN7A2300583", "SN7A2300584"] as const;

interface Outcome {
  readonly answer: {
    readonly commands: readonly {
      readonly id: string;
      readonly status: string;
      readonly device: { readonly serialNumber: string };
    }[];
    readonly userErrors: readonly object[];
  };
}

/** A gateway that never waits: it answers a command at once, whatever it is asked to. */
const startImpatient = async (acknowledgeMs: number) => {
  const sandbox = await startSandbox({ start: Date.parse("2026-06-21T04:00:00Z"), rate: false, acknowledgeMs });
  onTestFinished(sandbox.stop);
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const isPost = request.method === "POST";
      const body = isPost ? { ...(JSON.parse(Buffer.concat(chunks).toString()) as object) } : {};
      const answer = await fetch(`${sandbox.url}${request.url ?? ""}`, {
        method: request.method ?? "GET",
        headers: {
          "auth-token": String(request.headers["auth-token"]),
          ...(isPost ? { "content-type": "application/json" } : {}),
        },
        ...(isPost ? { body: JSON.stringify("Wait" in body ? { ...body, Wait: 0 } : body) } : {}),
      });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const portico = await startPortico({ ...sandbox, url });
  const sync = async (waitSeconds: number, key?: string, serials: readonly string[] = [DEVICE]) => {
    const options = { waitSeconds, ...(key === undefined ? {} : { idempotencyKey: key }) };
    const begun = performance.now();
    const { data, errors } = await portico.ask<Outcome, object>(
      `mutation ($serials: [String!]!, $options: CommandOptions) {
        answer: syncDeviceTime(input: { serialNumbers: $serials, options: $options }) {
          commands { id status device { serialNumber } } userErrors { code } } }`,
      { serials, options },
    );
    expect(errors).toBeUndefined();
    return { commands: data.answer.commands, ms: performance.now() - begun };
  };
  const polls = () => sandbox.ledger.entries({ operation: "GetCommandStatus" }).length;
  return { portico, sandbox, sync, polls };
};

test("a gateway that answers at once is asked again until the command has ended", async () => {
  const { sync, sandbox } = await startImpatient(1_000);
  const { commands, ms } = await sync(15);
  expect(commands.map(({ status }) => status)).toEqual(["SUCCEEDED"]);
  expect(ms).toBeGreaterThan(900);
  expect(ms).toBeLessThan(6_000);
  expect(sandbox.ledger.entries({ operation: "SyncDeviceTime" })).toHaveLength(1);
});

test("a command that does not end is answered with its state when the time is over", async () => {
  const { sync } = await startImpatient(60_000);
  const { commands, ms } = await sync(2);
  expect(commands.map(({ status }) => status)).toEqual([expect.stringMatching(/^(QUEUED|SENT)$/)]);
  expect(ms).toBeGreaterThan(1_900);
  expect(ms).toBeLessThan(3_500);
});

/** A gateway that waits as long as it is asked to, for devices that do not answer. */
const startPatient = async () => {
  const sandbox = await startSandbox({ start: Date.parse("2026-06-21T04:00:00Z"), rate: false, acknowledgeMs: 60_000 });
  onTestFinished(sandbox.stop);
  return { portico: await startPortico(sandbox), sandbox };
};

test.each([
  ["answers at once", () => startImpatient(60_000)],
  ["waits itself", startPatient],
] as const)("a server that stops answers what waits for a device, before a gateway that %s", async (_, start) => {
  const { portico, sandbox } = await start();
  const sent = () => sandbox.ledger.entries({ operation: "SyncDeviceTime" }).length;
  const sync = (key: string) =>
    `mutation { answer: syncDeviceTime(input: { serialNumbers: ["${DEVICE}"], options: { idempotencyKey: "${key}" } }) {
      commands { id status } userErrors { code } } }`;
  const socket = await openSocket(portico);
  socket.subscribe("command", sync("by socket"));
  const first = portico.ask<Outcome, object>(sync("by HTTP"));
  await expect.poll(sent).toBe(2);
  const repeated = portico.ask<Outcome, object>(sync("by HTTP"));
  await delay(300);
  const begun = performance.now();
  const stopping = portico.stop();
  const answer = {
    commands: [{ id: expect.any(String) as string, status: expect.stringMatching(/^(QUEUED|SENT)$/) as string }],
  };
  for (const asked of [first, repeated]) expect((await asked).data.answer).toMatchObject(answer);
  await expect.poll(() => socket.of("command", "next")).toMatchObject([{ payload: { data: { answer } } }]);
  expect((await socket.closed).code).toBe(1012);
  await stopping;
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(sent()).toBe(2);
});

test("waitSeconds: 0 does not wait", async () => {
  const { sync, polls } = await startImpatient(60_000);
  expect((await sync(0)).ms).toBeLessThan(1_000);
  expect(polls()).toBe(0);
});

test("a device that the gateway reports offline is not waited for, beside one that is", async () => {
  const { sync, sandbox } = await startImpatient(1_000);
  sandbox.changeDevice(OTHER, { online: false });
  const alone = await sync(15, undefined, [OTHER]);
  expect(alone.commands.map(({ status }) => status)).toEqual(["QUEUED"]);
  expect(alone.ms).toBeLessThan(1_000);
  const { commands, ms } = await sync(15, undefined, [DEVICE, OTHER]);
  expect(commands.map(({ status, device }) => [device.serialNumber, status])).toEqual([
    [DEVICE, "SUCCEEDED"],
    [OTHER, "QUEUED"],
  ]);
  expect(ms).toBeLessThan(6_000);
});

test("all who wait for one command share one series of questions", async () => {
  const { sync, polls } = await startImpatient(2_000);
  const answers = await Promise.all(Array.from({ length: 20 }, () => sync(15, "one-key")));
  expect(new Set(answers.map(({ commands }) => commands[0]?.id)).size).toBe(1);
  for (const { commands } of answers) expect(commands[0]?.status).toBe("SUCCEEDED");
  expect(polls()).toBeLessThan(10);
  const repeated = await sync(15, "one-key");
  expect(repeated.commands[0]?.status).toBe("SUCCEEDED");
});

test("the questions end with the client that waits", async () => {
  const { portico, polls } = await startImpatient(60_000);
  const leaving = new AbortController();
  const query = `mutation { syncDeviceTime(input: { serialNumbers: ["${DEVICE}"], options: { waitSeconds: 20 } }) { commands { id } } }`;
  const asked = fetch(`${portico.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
    signal: leaving.signal,
  }).catch(() => "left");
  await until(() => polls() > 0);
  leaving.abort();
  expect(await asked).toBe("left");
  await until(() => portico.logs.some((line) => line.includes('"aborted":true')));
  const before = polls();
  await delay(2_000);
  expect(polls()).toBeLessThanOrEqual(before + 1);
});

test("a device that is offline because of the command is waited for", async () => {
  const { portico, sandbox } = await startImpatient(200);
  const { data } = await portico.ask<Outcome, object>(
    `mutation { answer: rebootDevice(input: { serialNumbers: ["${DEVICE}"], options: { waitSeconds: 3 } }) {
      commands { id status device { serialNumber } } userErrors { code } } }`,
  );
  expect(data.answer.commands[0]?.status).toMatch(/^(SENT|SUCCEEDED)$/);
  expect(sandbox.ledger.entries({ operation: "GetCommandStatus" }).length).toBeGreaterThan(2);
});

test("a command that was just accepted and is not known yet is waited for", async () => {
  const accepted = { DeviceSN: "GATE-001", CommandID: "c9", CommandStatus: "Sent", StatusCode: 61, Status: "x" };
  const command = {
    ...accepted,
    OperationID: "op0000000001",
    Operation: "OpenDoor",
    CommandStatus: "Done",
    StatusCode: 0,
  };
  let questions = 0;
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [GATE]),
    GetDeviceInfo: { Device: GATE },
    OpenDoor: { http: 409, StatusCode: 61, Results: [accepted] },
    GetCommandStatus() {
      questions += 1;
      return questions < 3 ? { http: 404, StatusCode: 67, Status: "x" } : { Command: command };
    },
  });
  const open = async (waitSeconds: number) => {
    const { data } = await portico.ask<{ openDoor: { command: { id: string; status: string } } }, object>(
      `mutation { openDoor(input: { serialNumber: "GATE-001", options: { waitSeconds: ${waitSeconds} } }) { command { id status } } }`,
    );
    return data.openDoor.command;
  };
  const { id, status } = await open(0);
  expect(status).toBe("SENT");
  const updates = subscribeBySse<object>(
    portico.url,
    "subscription ($id: ID!) { commandUpdated(id: $id) { status } }",
    { id },
  );
  await updates.ended;
  expect([updates.events, updates.errors]).toEqual([[{ commandUpdated: { status: "SUCCEEDED" } }], []]);
  questions = 0;
  accepted.CommandID = command.CommandID = "c10";
  expect((await open(8)).status).toBe("SUCCEEDED");
});

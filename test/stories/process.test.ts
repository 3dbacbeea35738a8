import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { openFile } from "../kit/portico/callers.ts";
import { freePort } from "../kit/ports.ts";
import { ROOT, type SpawnedProgram, spawnProgram } from "../kit/program.ts";
import { until } from "../kit/until.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const TOKEN = "0123456789abcdef0123456789abcdef";
const SECRET = "fault-run-fault-run-fault-run-fault-run";

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};

/** Opens a server that accepts connections and requests, and never answers. */
const startHanging = async () => {
  let requests = 0;
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => void (requests += 1));
    onTestFinished(() => void socket.destroy());
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.close();
  });
  return { port, url: `http://127.0.0.1:${port}`, requests: () => requests };
};

const registering = (url: string) => ({
  GATEWAY_URL: url,
  GATEWAY_AUTH_TOKEN: TOKEN,
  ACCESS: "open",
  PUBLIC_URL: "https://portico.example.com",
  CALLBACK_SECRET: SECRET,
});

/** Whether the process handles SIGHUP, which Node does not by itself: the last of the handlers of the program. */
const handlesSignals = ({ child }: SpawnedProgram): boolean => {
  const caught = /SigCgt:\s*([0-9a-f]+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? "0";
  return (BigInt(`0x${caught}`) & 1n) === 1n;
};

test.each(SIGNALS)("%s ends the program with code 0 as soon as it has loaded its first lines", async (signal) => {
  const program = await spawnProgram();
  await until(() => handlesSignals(program));
  program.child.kill(signal);
  expect(await program.ended).toBe(0);
  expect(program.errors()).toBe("");
});

test("a program in which nothing happens gives back the memory that its start needed", {
  timeout: 60_000,
}, async () => {
  const gateway = await startHanging();
  const program = await spawnProgram({ env: { ...registering(gateway.url), CALLBACK_SECRET: "", PUBLIC_URL: "" } });
  await program.answers();
  const residentMb = () =>
    Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${program.child.pid}/status`, "utf8"))?.[1]) / 1024;
  const started = residentMb();
  await expect.poll(residentMb, { timeout: 30_000 }).toBeLessThan(started - 15);
});

test.each(SIGNALS)("%s ends the program with code 0 while it connects to its store", async (signal) => {
  const redis = await startHanging();
  const program = await spawnProgram({ env: { REDIS_URL: `redis://127.0.0.1:${redis.port}` } });
  await until(() => redis.requests() > 0, { timeoutMs: 15_000 });
  program.child.kill(signal);
  const code = await program.ended;
  expect(code, program.errors()).toBe(0);
});

test("a start that fails after a signal ends with code 0", async () => {
  const redis = await startHanging();
  const taken = createServer();
  const port = await listen(taken);
  onTestFinished(() => void taken.close());
  const env = { REDIS_URL: `redis://127.0.0.1:${redis.port}`, PORT: String(port) };
  const program = await spawnProgram({ env });
  await until(() => redis.requests() > 0, { timeoutMs: 15_000 });
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  expect(program.errors()).toContain("PORT");
});

test.each(SIGNALS)("%s ends the program with code 0 while it registers its callbacks", async (signal) => {
  const gateway = await startHanging();
  const program = await spawnProgram({ env: registering(gateway.url) });
  await until(() => gateway.requests() > 0, { timeoutMs: 15_000 });
  program.child.kill(signal);
  expect(await program.ended).toBe(0);
});

test.each(SIGNALS)("%s, repeated, ends the program with code 0 and after the request in flight", async (signal) => {
  const held: (() => void)[] = [];
  const gateway = createServer((request, response) => {
    const body = JSON.stringify({ StatusCode: 0, Devices: [], OffSet: "", ActualRowCount: 0, ReturnRowCount: 0 });
    const answer = () => void response.writeHead(200, { "content-type": "application/json" }).end(body);
    if (request.url?.startsWith("/ListDevices") === true) held.push(answer);
    else answer();
  });
  const port = await listen(gateway);
  onTestFinished(() => {
    gateway.closeAllConnections();
    gateway.close();
  });
  const program = await spawnProgram({ env: registering(`http://127.0.0.1:${port}`) });
  await program.answers();
  const asked = program.ask("{ devices { totalCount } }");
  await until(() => held.length > 0, { what: "the read of the query" });
  program.child.kill(signal);
  await until(async () => (await fetch(`${program.admin}/health/ready`).catch(() => null))?.status !== 200);
  program.child.kill(signal);
  program.child.kill("SIGTERM");
  for (const answer of held.splice(0)) answer();
  expect(await asked).toMatchObject({ data: { devices: { totalCount: 0 } } });
  expect(await program.ended).toBe(0);
});

test("an account whose gateway hangs delays neither the server nor the callbacks of the other accounts", async () => {
  const hanging = await startHanging();
  const sandbox = await startSandbox({ live: false, rate: false });
  onTestFinished(sandbox.stop);
  const accounts = await openFile(
    JSON.stringify([
      { name: "first", url: hanging.url, authToken: TOKEN, callbackSecret: `${SECRET}-1` },
      { name: "second", url: sandbox.url, authToken: sandbox.token, callbackSecret: `${SECRET}-2` },
    ]),
  );
  const keys = await openFile("[]");
  const env = {
    GATEWAY_ACCOUNTS_FILE: accounts.path,
    ACCESS_API_KEYS_FILE: keys.path,
    PUBLIC_URL: "https://portico.example.com",
  };
  const program = await spawnProgram({ stdout: "pipe", env });
  let text = "";
  program.child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await until(() => hanging.requests() > 0, { timeoutMs: 15_000 });
  await until(() => text.includes('"message":"listening"'), { timeoutMs: 2_000 });
  await until(() => text.includes('"message":"callbacks registered"'), { timeoutMs: 2_000 });
  expect(sandbox.ledger.entries({ operation: "RegisterCallback" })).toHaveLength(1);
  expect(text).not.toContain("callback registration failed");
});

/** Starts the program as the README says, with npm between it and this process. */
const startByNpm = async () => {
  const port = await freePort();
  const npm = spawn("npm", ["start"], {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, PORT: String(port), SANDBOX_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(npm, "exit");
  onTestFinished(() => {
    try {
      process.kill(-(npm.pid ?? 0), "SIGKILL");
    } catch {
      // Nothing of its group is left.
    }
  });
  let text = "";
  npm.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await until(() => text.includes('"message":"listening"'), { timeoutMs: 20_000 });
  return { npm, ended, url: `http://127.0.0.1:${port}/health/live`, text: () => text };
};

test.each([...SIGNALS, "SIGKILL"] as const)("%s to npm alone ends what `npm start` has started", async (signal) => {
  const { npm, ended, url, text } = await startByNpm();
  process.kill(npm.pid ?? 0, signal);
  await ended;
  const isFree = () =>
    fetch(url, { headers: { connection: "close" } }).then(
      () => false,
      () => true,
    );
  await until(isFree, { timeoutMs: 5_000, what: "the port to be free" });
  await until(() => text().includes('"message":"stopping"'));
});

test.each(["PORT", "SANDBOX_PORT", "ADMIN_PORT"])(
  "a port in use ends the program with the name of the variable: %s",
  async (variable) => {
    const port = await listen(createTcpServer().unref());
    const program = await spawnProgram({ env: { [variable]: String(port) } });
    expect(await program.ended).toBe(1);
    expect(program.errors()).toBe(
      `Cannot listen on 127.0.0.1, port ${port}: the port is in use. Set ${variable} to another port, or to 0 for a free one.\n`,
    );
  },
);

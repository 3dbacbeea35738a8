import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { type ChildProgram, startChild } from "./child.ts";
import { median, medianWithQuartiles } from "./statistics.ts";
import { table } from "./table.ts";
import { BUSY_WORLD } from "./world.ts";

/**
 * Measures what grows: a walk through all devices with their health, the names of many people in live events, and the program
 * itself, as it starts from `dist/` and waits.
 */
const ROUNDS = 5;
const DEVICES = [500, 1_000, 5_000] as const;
const PAGE = 500;
const EVENTS = 1_000;
const IDLE_MS = 3_000;
const SECRET = "growth-growth-growth-growth-growth-growth";
const DEVICE = "SN7A2300583";

const environmentOf = ({ url, token = "" }: ChildProgram): Readonly<Record<string, string>> => ({
  PORT: "0",
  GATEWAY_URL: url,
  GATEWAY_AUTH_TOKEN: token,
  ACCESS: "open",
  LINK_SECRET: SECRET,
  CALLBACK_SECRET: SECRET,
  // Callbacks are posted here directly; with a public URL the events count as arriving, and the cache works.
  PUBLIC_URL: "http://127.0.0.1:9",
  LIMIT_COST: "1000000",
  LOG_LEVEL: "error",
});

const ask = async <Data>(url: string, query: string, variables: object = {}): Promise<Data> => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { readonly data: Data; readonly errors?: readonly object[] };
  if (errors !== undefined) throw new Error(`The query failed: ${JSON.stringify(errors[0])}`);
  return data;
};

interface DevicePage {
  readonly devices: {
    readonly nodes: readonly object[];
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
  };
}

const WALK = `query ($first: Int!, $after: String) {
  devices(first: $first, after: $after) { nodes { serialNumber health { queueDepth } } pageInfo { endCursor hasNextPage } }
}`;

const walk = async (url: string): Promise<number> => {
  let count = 0;
  for (let after: string | null = null; ; ) {
    const { devices }: DevicePage = await ask<DevicePage>(url, WALK, { first: PAGE, after });
    count += devices.nodes.length;
    if (!devices.pageInfo.hasNextPage) return count;
    after = devices.pageInfo.endCursor;
  }
};

const measureWalk = async (devices: number): Promise<readonly string[]> => {
  const sandbox = await startChild("sandbox", { argument: { ...BUSY_WORLD, devices } });
  const portico = await startChild("portico", { env: environmentOf(sandbox) });
  const cpuMs: number[] = [];
  for (let round = -2; round < ROUNDS; round += 1) {
    const before = await portico.usage();
    const count = await walk(portico.url);
    if (count !== devices) throw new Error(`The walk must return ${devices} devices; received ${count}.`);
    if (round >= 0) cpuMs.push((await portico.usage()).cpuMs - before.cpuMs);
  }
  await portico.stop();
  await sandbox.stop();
  const perDevice = (median(cpuMs) * 1_000) / devices;
  return [`${devices} devices in pages of ${PAGE}`, medianWithQuartiles(cpuMs, 0), perDevice.toFixed(0)];
};

/** Delivers punches of different people and returns the CPU time until a subscriber has them all. */
const measureEvents = async (
  portico: ChildProgram,
  token: string,
  codes: readonly string[],
  { selection, round }: { readonly selection: string; readonly round: number },
): Promise<number> => {
  const socket = new WebSocket(`${portico.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  let received = 0;
  const acknowledged = once(socket, "message");
  socket.send(JSON.stringify({ type: "connection_init" }));
  await acknowledged;
  const query = `subscription { punchAdded { punch { user { ${selection} } } } }`;
  const all = new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      received += String(data).includes(`"type":"next"`) ? 1 : 0;
      if (received === codes.length) resolve();
    });
  });
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
  await ask(portico.url, "{ __typename }");
  await delay(200);
  const before = await portico.usage();
  const day = `2026-06-${String(10 + round).padStart(2, "0")}`;
  const bodies = codes.map((EmployeeCode, index) => ({
    Event: "attendance.new",
    EventID: `evt_${selection}_${round}_${index}`,
    AuthToken: token,
    Time: `${day} 08:00:00 GMT +0000`,
    Attempt: 1,
    DeviceSN: DEVICE,
    EmployeeCode,
    AttendanceLog: `${day} ${selection === "name" ? "08" : "09"}:${String(index % 60).padStart(2, "0")}:00`,
    UtcOffset: "+00:00",
    Type: "face",
    Direction: "CheckIn",
  }));
  const posted = await fetch(`${portico.url}/callbacks/${SECRET}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(bodies),
  });
  if (posted.status !== 200) throw new Error(`The events must be acknowledged; received ${posted.status}.`);
  await all;
  socket.terminate();
  return (await portico.usage()).cpuMs - before.cpuMs;
};

interface UserPage {
  readonly device: {
    readonly users: {
      readonly nodes: readonly { readonly employeeCode: string }[];
      readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
    };
  };
}

const measureNames = async (): Promise<readonly (readonly string[])[]> => {
  const sandbox = await startChild("sandbox", { argument: { ...BUSY_WORLD, people: 6_000 } });
  const portico = await startChild("portico", { env: environmentOf(sandbox) });
  const codes: string[] = [];
  for (let after: string | null = null; codes.length < EVENTS; ) {
    const { device }: UserPage = await ask<UserPage>(
      portico.url,
      `query ($after: String) { device(serialNumber: "${DEVICE}") { users(first: 500, after: $after) {
        nodes { employeeCode } pageInfo { endCursor hasNextPage } } } }`,
      { after },
    );
    codes.push(...device.users.nodes.map(({ employeeCode }) => employeeCode));
    if (!device.users.pageInfo.hasNextPage) break;
    after = device.users.pageInfo.endCursor;
  }
  const people = codes.slice(0, EVENTS);
  const cpuMs: Record<"employeeCode" | "name", number[]> = { employeeCode: [], name: [] };
  for (let round = 0; round < ROUNDS + 1; round += 1) {
    for (const selection of ["employeeCode", "name"] as const) {
      const used = await measureEvents(portico, sandbox.token ?? "", people, { selection, round });
      if (round > 0) cpuMs[selection].push(used);
    }
  }
  await portico.stop();
  await sandbox.stop();
  const ratio = cpuMs.name.map((used, round) => used / (cpuMs.employeeCode[round] ?? used));
  return [
    [`${people.length} events without names`, medianWithQuartiles(cpuMs.employeeCode, 0), ""],
    [
      `${people.length} events of as many people with names`,
      medianWithQuartiles(cpuMs.name, 0),
      medianWithQuartiles(ratio),
    ],
  ];
};

const residentMb = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
};

/** Starts the built program and returns how long it takes until it listens, and what it holds when nothing happens. */
const startBuilt = async (env: Readonly<Record<string, string>>) => {
  const startedAt = performance.now();
  const main = new URL("../dist/main.js", import.meta.url);
  const child = spawn(process.execPath, [main.pathname], {
    env: { ...env, NODE_ENV: "production", LOG_LEVEL: "info" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      if (String(chunk).includes('"listening"')) resolve();
    });
  });
  const startMs = performance.now() - startedAt;
  await delay(IDLE_MS);
  const resident = await residentMb(child.pid ?? 0);
  const ended = once(child, "exit");
  child.kill();
  await ended;
  return { startMs, resident };
};

const measureProcess = async (): Promise<readonly (readonly string[])[]> => {
  const sandbox = await startChild("sandbox", { argument: BUSY_WORLD });
  const runs: Awaited<ReturnType<typeof startBuilt>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) runs.push(await startBuilt(environmentOf(sandbox)));
  await sandbox.stop();
  return [
    [
      "start to ready, ms",
      medianWithQuartiles(
        runs.map(({ startMs }) => startMs),
        0,
      ),
    ],
    [
      "resident memory, idle, MB",
      medianWithQuartiles(
        runs.map(({ resident }) => resident),
        0,
      ),
    ],
  ];
};

const walks: (readonly string[])[] = [];
for (const devices of DEVICES) walks.push(await measureWalk(devices));
process.stdout.write(`${table(["devices with health", "CPU ms per walk", "CPU µs per device"], walks)}\n\n`);
process.stdout.write(`${table(["live events", "CPU ms", "ratio to without"], await measureNames())}\n\n`);
process.stdout.write(`${table(["the built program", ""], await measureProcess())}

Medians of ${ROUNDS} rounds with quartiles.
`);

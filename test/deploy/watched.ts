import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runToEnd } from "../kit/cli.ts";
import { startInstance } from "../kit/instance.ts";
import { freePort } from "../kit/ports.ts";
import { killProcess } from "../kit/redis.ts";
import { withRedis } from "../kit/with-redis.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";
import { withPrometheus } from "./prometheus.ts";

export const DEVICE = "SN7A2300583";
const SECRET = "telemetry-telemetry-telemetry-telemetry";

/** A program in front of a gateway and a Redis that fail on demand, with a Prometheus that watches it. */
export const startWatched = async () => {
  const sandbox = await withSandbox({ start: Date.parse("2026-06-21T04:00:00Z"), live: false });
  const redis = await withRedis({ appendfsync: "everysec" });
  const admin = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "portico-audit-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const pipe = join(directory, "audit");
  await runToEnd("mkfifo", [pipe]);
  let reader: ChildProcess | undefined;
  const audit = {
    async stop() {
      if (reader !== undefined) await killProcess(reader, "SIGKILL");
    },
    /** A reader of the pipe ends with its writer: each start of the program needs another one. */
    async start() {
      reader = spawn("cat", [pipe], { stdio: "ignore" });
      await once(reader, "spawn");
    },
  };
  onTestFinished(() => audit.stop());
  await audit.start();
  const [prometheus, portico] = await Promise.all([
    withPrometheus(`127.0.0.1:${admin}`),
    startInstance(sandbox, {
      REDIS_URL: redis.url,
      ADMIN_PORT: String(admin),
      CALLBACK_SECRET: SECRET,
      AUDIT_FILE: pipe,
      LIMIT_DOORS: "1",
    }),
  ]);
  const ask = (query: string) =>
    fetch(`${portico.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    }).then(
      (response) => response.text(),
      () => "",
    );
  const callBack = (body: string) =>
    fetch(`${portico.url}/callbacks/${SECRET}`, { method: "POST", body }).then(
      (response) => response.text(),
      () => "",
    );
  let called = 0;
  /** Delivers a punch; `change` replaces members of the callback. */
  const deliver = ({ LogTime, ...change }: Readonly<Record<string, string>> = {}) => {
    called += 1;
    const OperationID = `telemetry${called}`;
    const time = new Date(Date.parse("2026-06-21T03:00:00Z") + called * 1000).toISOString();
    const PunchLog = {
      Type: "CheckIn",
      "Input Type": "Fingerprint",
      UserId: "1042",
      LogTime: LogTime ?? `${time.slice(0, 10)} ${time.slice(11, 19)} GMT +0000`,
    };
    const RealTime = {
      OperationID,
      PunchLog,
      AuthToken: sandbox.token,
      Time: "2026-06-21 03:31:00 GMT +0000",
      SerialNumber: DEVICE,
      ...change,
    };
    return callBack(JSON.stringify({ OperationID, RealTime }));
  };
  const isReady = () =>
    fetch(`${portico.url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  return { isReady, sandbox, redis, portico, audit, prometheus, ask, deliver };
};

import { spawnSync } from "node:child_process";
import { constants } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type SpawnedProgram, spawnProgram } from "../kit/program.ts";
import { until } from "../kit/until.ts";

const VIEWER = "{ viewer { name } }";
const ANSWER = { data: { viewer: { name: "anyone" } } };
const REBOOT = `mutation { rebootDevice(input: { serialNumbers: ["SN7A2300583"], options: { waitSeconds: 0 } }) { commands { id } } }`;

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "portico-log-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};

/** Opens a named pipe for writing and reading, so that neither end waits for the other. */
const openPipe = async () => {
  const path = join(await folder(), "pipe");
  spawnSync("mkfifo", [path]);
  const { O_RDWR, O_RDONLY, O_NONBLOCK } = constants;
  const reader = await open(path, O_RDONLY | O_NONBLOCK);
  const both = await open(path, O_RDWR);
  onTestFinished(async () => void (await Promise.allSettled([reader.close(), both.close()])));
  return { path, reader, writer: both };
};

const alarms = (program: SpawnedProgram, message: string): readonly unknown[] =>
  program
    .errors()
    .split("\n")
    .filter((line) => line.includes(message))
    .map((line) => JSON.parse(line) as unknown);

/** Makes log lines, faster than requests do: each is refused with a line of its own. */
const fill = async (program: SpawnedProgram, times: number): Promise<void> => {
  for (let round = 0; round < times; round += 1) {
    await Promise.all(
      Array.from({ length: 100 }, () =>
        fetch(`${program.url}/${"x".repeat(100)}`, { headers: { "x-request-id": "a".repeat(64) } }).then((reply) =>
          reply.text(),
        ),
      ),
    );
  }
};

test("a full disk below the log costs no answer, is reported once, and the program still ends in good order", async () => {
  const full = await open("/dev/full", "w");
  onTestFinished(() => full.close());
  const program = await spawnProgram({ stdout: full.fd });
  await program.answers();
  for (let count = 0; count < 20; count += 1) expect(await program.ask(VIEWER)).toEqual(ANSWER);
  await until(() => alarms(program, "log cannot be written").length > 0);
  await fill(program, 3);
  expect(alarms(program, "log cannot be written")).toMatchObject([{ level: "error", err: { code: "ENOSPC" } }]);
  expect(await program.metric("portico_log_failing")).toBe(1);
  expect(await (await fetch(`${program.url}/health/ready`)).json()).toMatchObject({
    status: "ok",
    warnings: ["The log cannot be written."],
  });
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
});

test("a log whose reader has gone costs no answer and is reported once", async () => {
  const program = await spawnProgram({ stdout: "pipe" });
  await program.answers();
  program.child.stdout?.destroy();
  for (let count = 0; count < 20; count += 1) expect(await program.ask(VIEWER)).toEqual(ANSWER);
  await until(() => alarms(program, "log cannot be written").length > 0);
  expect(alarms(program, "log cannot be written")).toMatchObject([{ err: { code: "EPIPE" } }]);
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
});

test("a log whose reader stops reading costs no answer, holds bounded memory, and continues when it reads again", {
  timeout: 60_000,
}, async () => {
  const program = await spawnProgram({ stdout: "pipe", env: { LOG_LEVEL: "info" } });
  await program.answers();
  // Nothing was read so far, and nothing is: what the pipe does not hold waits, and what exceeds the limit is dropped.
  await fill(program, 60);
  await until(() => alarms(program, "log cannot be written").length > 0);
  const lost = await program.metric("portico_log_lost_total");
  const memory = await program.metric("process_resident_memory_bytes");
  expect(lost).toBeGreaterThan(0);
  await fill(program, 60);
  expect(await program.metric("portico_log_lost_total")).toBeGreaterThanOrEqual(lost + 6_000);
  expect((await program.metric("process_resident_memory_bytes")) - memory).toBeLessThan(100 * 1024 * 1024);
  expect(await program.ask(VIEWER)).toEqual(ANSWER);
  expect(alarms(program, "log cannot be written")).toHaveLength(1);

  let text = "";
  program.child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await until(() => text.includes("log is written again"));
  expect(await program.metric("portico_log_failing")).toBe(0);
  await program.ask("query AfterIt { viewer { name } }");
  await until(() => text.includes("AfterIt"));
  const lines = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const written = lines.filter(({ message }) => message === "request").length;
  expect(lines.find(({ message }) => message === "log is written again")).toMatchObject({
    level: "error",
    lost: expect.any(Number) as number,
  });
  expect(written).toBeGreaterThan(1_000);
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  expect(text).toContain('"message":"stopping"');
});

test("a program that ends while nobody reads its log does not wait for a reader", async () => {
  const program = await spawnProgram({ stdout: "pipe" });
  await program.answers();
  await fill(program, 20);
  const begun = performance.now();
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test("neither log nor standard error can be written, and queries are answered", async () => {
  const program = await spawnProgram({ shell: "exec $PROGRAM >/dev/full 2>/dev/full" });
  await program.answers();
  for (let count = 0; count < 20; count += 1) expect(await program.ask(VIEWER)).toEqual(ANSWER);
  await until(async () => (await program.metric("portico_log_failing")) === 1);
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
});

test("an audit trail on a full disk costs no command, is counted and reported once", async () => {
  const log = join(await folder(), "log");
  const file = await open(log, "w");
  onTestFinished(() => file.close());
  const program = await spawnProgram({ stdout: file.fd, env: { AUDIT_FILE: "/dev/full" } });
  await program.answers();
  for (let count = 0; count < 5; count += 1) {
    expect(await program.ask(REBOOT)).toMatchObject({ data: { rebootDevice: { commands: [{}] } } });
  }
  const reported = async () =>
    (await readFile(log, "utf8")).split("\n").filter((line) => line.includes("audit trail cannot"));
  await until(async () => (await reported()).length > 0);
  expect((await reported()).map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: "error", err: { code: "ENOSPC" } },
  ]);
  expect(await program.metric("portico_audit_failing")).toBe(1);
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
});

test("an audit trail whose reader stops for a while loses no line", { timeout: 60_000 }, async () => {
  const { path, reader, writer } = await openPipe();
  const program = await spawnProgram({ env: { AUDIT_FILE: path } });
  await program.answers();
  // Fills the pipe, so that the next line does not fit.
  const filler = Buffer.alloc(4_096, "-");
  filler.write("\n", 4_095);
  for (let count = 0; count < 15; count += 1) await writer.write(filler);
  for (let count = 0; count < 30; count += 1) {
    expect(await program.ask(REBOOT)).toMatchObject({ data: { rebootDevice: { commands: [{}] } } });
  }
  let text = "";
  const buffer = Buffer.alloc(65_536);
  await until(
    async () => {
      const { bytesRead } = await reader.read(buffer, 0, buffer.length).catch(() => ({ bytesRead: 0 }));
      text += buffer.toString("utf8", 0, bytesRead);
      return text.split('"audit":"mutation"').length > 30;
    },
    { what: "30 lines of the audit trail" },
  );
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  expect(lines.filter((line) => (JSON.parse(line) as { audit: string }).audit === "mutation")).toHaveLength(30);
  expect(await program.metric("portico_audit_lost_total")).toBe(0);
  expect(await program.metric("portico_audit_failing")).toBe(0);
});

test("an audit trail whose reader does not come back is counted line by line", { timeout: 60_000 }, async () => {
  const { path } = await openPipe();
  const program = await spawnProgram({ env: { AUDIT_FILE: path, LIMIT_MUTATION_FIELDS: "100" } });
  await program.answers();
  const reset = `mutation { ${Array.from({ length: 100 }, (_, index) => `r${index}: registerCallback(input: { url: "http://localhost/" }) { userErrors { code } }`).join(" ")} }`;
  const send = async () => {
    for (let count = 0; count < 10; count += 1) expect(await program.ask(reset)).not.toHaveProperty("errors");
    return program.metric("portico_audit_lost_total");
  };
  await until(async () => (await send()) > 0, { timeoutMs: 40_000, what: "a lost line" });
  const lost = await program.metric("portico_audit_lost_total");
  expect((await send()) - lost).toBe(1_000);
  expect(await program.metric("portico_audit_failing")).toBe(1);
});

test("an audit file that is a pipe without a reader is a fault of the configuration, and does not hang", async () => {
  const path = join(await folder(), "pipe");
  spawnSync("mkfifo", [path]);
  const program = await spawnProgram({ env: { AUDIT_FILE: path } });
  expect(await program.ended).toBe(1);
  expect(program.errors()).toContain("AUDIT_FILE: ENXIO");
});

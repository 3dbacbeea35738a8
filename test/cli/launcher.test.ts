import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { runToEnd } from "../kit/cli.ts";
import { freePort } from "../kit/ports.ts";
import { ROOT } from "../kit/program.ts";
import { until } from "../kit/until.ts";

/** Makes the launcher believe that it runs on Node 20; what it starts runs on the Node that it chooses. */
const ON_OLD_NODE = [
  "--import",
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})',
];

/** A package as it is installed, with or without the bundled Node. Its program is the one of this project. */
const openPackage = async ({ bundled }: { readonly bundled: boolean }) => {
  const folder = await mkdtemp(join(tmpdir(), "portico-launcher-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(join(ROOT, "bin"), join(folder, "bin"), { recursive: true });
  await mkdir(join(folder, "dist"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "dist/main.js"), `await import("${pathToFileURL(join(ROOT, "src/main.ts")).href}");`);
  if (bundled) await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return join(folder, "bin/portico.js");
};

test("an old Node starts the bundled one with the same arguments", async () => {
  const bin = await openPackage({ bundled: true });
  const { code, out, err } = await runToEnd(process.execPath, [...ON_OLD_NODE, bin, "--version"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^portico .*, Node 26\./);
  expect((await runToEnd(process.execPath, [...ON_OLD_NODE, bin, "nope"])).code).toBe(2);
});

test("an old Node without a bundled one is one line and exit code 1", async () => {
  const bin = await openPackage({ bundled: false });
  const { code, err } = await runToEnd(process.execPath, [...ON_OLD_NODE, bin]);
  expect(code).toBe(1);
  expect(err).toBe("Portico needs Node 22.19 or newer, and no bundled Node is installed; this is Node 20.20.2.\n");
});

const isAnswering = (url: string) =>
  fetch(url, { headers: { connection: "close" } }).then(
    () => true,
    () => false,
  );

const startByOldNode = async () => {
  const bin = await openPackage({ bundled: true });
  const port = await freePort();
  const launcher: ChildProcess = spawn(process.execPath, [...ON_OLD_NODE, bin], {
    env: { PATH: process.env["PATH"], PORT: String(port), SANDBOX_PORT: "0" },
    stdio: "ignore",
  });
  const ended = once(launcher, "exit");
  onTestFinished(async () => {
    launcher.kill("SIGKILL");
    await ended;
  });
  const url = `http://127.0.0.1:${port}/health/live`;
  await until(() => isAnswering(url), { timeoutMs: 15_000 });
  return { launcher, ended, url };
};

test.each(["SIGTERM", "SIGINT"] as const)("%s to the launcher ends the program in good order", async (signal) => {
  const { launcher, ended, url } = await startByOldNode();
  launcher.kill(signal);
  expect(await ended).toEqual([0, null]);
  expect(await isAnswering(url)).toBe(false);
});

test("a launcher that is killed leaves no orphan that keeps the port", async () => {
  const { launcher, ended, url } = await startByOldNode();
  launcher.kill("SIGKILL");
  await ended;
  await until(async () => !(await isAnswering(url)), { what: "the port to be free" });
});

import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import bundled from "../../scripts/node/package.json" with { type: "json" };
import { ROOT } from "../kit/program.ts";

const { platform, arch } = process;
const NODE = Object.keys(bundled.optionalDependencies).find((name) => name.endsWith(`${platform}-${arch}`)) ?? "";

/** The sources after an installation in which npm has linked the Node of the commands in this way. */
const installed = async (link: string | null) => {
  const folder = await mkdtemp(join(tmpdir(), "portico-prepare-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ["bin", "scripts"]) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  await cp(join(ROOT, "node_modules", NODE, "package.json"), join(folder, "node_modules", NODE, "package.json"));
  await mkdir(join(folder, "node_modules", NODE, "bin"));
  await writeFile(join(folder, "node_modules", NODE, "bin/node"), "");
  if (link !== null) await symlink(link, join(folder, "node_modules/.bin/node"));
  return folder;
};

test.skipIf(platform === "win32").each([
  ["left out, as npm 10 does", null],
  ["made for another platform", "../node-of-another-platform/bin/node"],
  ["made", `../${NODE}/bin/node`],
])("after an installation the commands run on the bundled Node, where npm has the link %s", async (_, link) => {
  const folder = await installed(link);
  const { status, stderr } = spawnSync(process.execPath, ["scripts/prepare.js"], { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(await readlink(join(folder, "node_modules/.bin/node"))).toBe(`../${NODE}/bin/node`);
});

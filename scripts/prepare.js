// Plain JavaScript that runs on any Node: npm starts it after an installation of the sources.
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bundledNode } from "../bin/bundled-node.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const programs = `${root}node_modules/.bin`;
const node = bundledNode();

/**
 * The commands of this project run on the Node that `node_modules/.bin` names. npm links it there; npm 10 removes the link
 * again, together with the packages of other platforms.
 */
const isLinked = existsSync(`${programs}/node`) && realpathSync(`${programs}/node`) === node;
if (node !== undefined && !isLinked && existsSync(programs) && process.platform !== "win32") {
  rmSync(`${programs}/node`, { force: true });
  symlinkSync(relative(programs, node), `${programs}/node`);
}

/**
 * The wall is built now, so that no start builds it. An installation without development dependencies has no vite, and the image of the
 * container installs before it copies the sources: both build nothing here.
 */
const vite = `${root}node_modules/vite/bin/vite.js`;
const config = `${root}examples/wall/vite.config.ts`;
if (existsSync(vite) && existsSync(config)) {
  const args = [vite, "build", "--config", config, "--logLevel", "warn"];
  process.exitCode = spawnSync(node ?? process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

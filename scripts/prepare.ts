import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Builds the wall after an installation of the sources, so that no start builds it. An installation without development dependencies has
 * no vite, and the image of the container installs before it copies the sources: both build nothing here.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const vite = `${root}node_modules/vite/bin/vite.js`;
const config = `${root}examples/wall/vite.config.ts`;
if (existsSync(vite) && existsSync(config)) {
  const args = [vite, "build", "--config", config, "--logLevel", "warn"];
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

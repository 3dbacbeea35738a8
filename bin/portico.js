#!/usr/bin/env node
// Plain JavaScript that runs on any Node: it finds one that is new enough to run the program.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const wanted = [22, 19];
const [major, minor] = process.versions.node.split(".").map(Number);

/** Returns the path of the Node that is installed as an optional package; undefined if there is none for this machine. */
const bundledNode = () => {
  const { platform, arch } = process;
  const require = createRequire(import.meta.url);
  for (const name of [`node-${platform === "win32" ? "win" : platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    try {
      const path = require.resolve(`${name}/package.json`);
      const { bin } = JSON.parse(readFileSync(path, "utf8"));
      return join(dirname(path), typeof bin === "string" ? bin : bin.node);
    } catch {
      // The package of another platform, or none at all.
    }
  }
  return undefined;
};

if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) {
  await import("../dist/main.js");
} else {
  const node = bundledNode();
  if (node === undefined) {
    console.error(
      `Portico needs Node ${wanted.join(".")} or newer, and no bundled Node is installed; this is Node ${process.versions.node}.`,
    );
    process.exit(1);
  }
  const parent = process.ppid;
  const child = spawn(node, process.argv.slice(1), {
    stdio: "inherit",
    // The program ends with this process, even if that cannot pass on its signal.
    env: { ...process.env, PORTICO_LAUNCHER: String(process.pid) },
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // npx cannot pass on its own violent end.
  const isByNpm = process.env.npm_lifecycle_event !== undefined;
  if (isByNpm) setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500).unref();
  child.on("exit", (code, signal) => {
    if (signal !== null) process.removeAllListeners(signal).kill(process.pid, signal);
    else process.exit(code);
  });
}

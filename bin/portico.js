#!/usr/bin/env node
// Plain JavaScript that runs on any Node: it finds one that is new enough to run the program.
import { spawn } from "node:child_process";
import { bundledNode } from "./bundled-node.js";

const wanted = [22, 19];
const [major, minor] = process.versions.node.split(".").map(Number);

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

#!/usr/bin/env node
const wanted = [22, 19];
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(`Portico needs Node ${wanted.join(".")} or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}
await import("../dist/main.js");

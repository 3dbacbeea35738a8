import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tryProgram } from "./program.ts";

/** Starts the built program, then the packed and installed one, and sends the README's first query to each. */

const root = fileURLToPath(new URL("..", import.meta.url));
const command = process.execPath;
await tryProgram({ name: "built program", command, args: ["bin/portico.js"], cwd: root });

const folder = mkdtempSync(join(tmpdir(), "portico-pack-"));
try {
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }));
  const tarball = join(folder, packed.trim().split("\n").at(-1) ?? "");
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--omit=optional", tarball], {
    cwd: folder,
    stdio: "inherit",
  });
  const args = ["node_modules/portico-graphql/bin/portico.js"];
  await tryProgram({ name: "packed program", command, args, cwd: folder });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

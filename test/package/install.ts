import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import manifest from "../../package.json" with { type: "json" };
import bundled from "../../scripts/node/package.json" with { type: "json" };

const root = fileURLToPath(new URL("../..", import.meta.url));
const exec = promisify(execFile);

/** An empty project in which the packed package is installed. */
export interface InstalledPackage {
  readonly tarball: string;
  readonly folder: string;
  readonly write: (name: string, text: string) => void;
  /** Runs a program in the folder; rejects with its output if it fails. */
  readonly run: (command: string, ...args: readonly string[]) => Promise<string>;
  /** Installs a major version of Node beside it; resolves with the path of the program. */
  readonly installNode: (version: string) => Promise<string>;
  readonly remove: () => Promise<void>;
}

const { platform, arch } = process;

/** The package that contains Node for this machine. */
const NODE = Object.keys(bundled.optionalDependencies).find((name) =>
  name.endsWith(`${platform === "win32" ? "win" : platform}-${arch}`),
);

/** What a copy of the sources does without: a build of its own, and packages that it shares. */
const LEFT_OUT = ["node_modules", "dist", ".git"].map((name) => join(root, name));

/** The peers of the package, in the versions that the tests use. */
const PEERS = Object.entries(manifest.devDependencies)
  .filter(([name]) => name in manifest.peerDependencies || ["@types/react", "react-dom"].includes(name))
  .map(([name, version]) => `${name}@${version}`);

/** Builds and packs a copy of the sources, because other tests serve what is built here, and installs it in an empty project. */
export const installPackage = async (): Promise<InstalledPackage> => {
  const folder = mkdtempSync(join(tmpdir(), "portico-package-"));
  const run = async (command: string, ...args: readonly string[]): Promise<string> => {
    try {
      return (await exec(command, args, { cwd: folder })).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
      throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
    }
  };
  const copy = join(folder, "sources");
  cpSync(root, copy, { recursive: true, filter: (path) => !LEFT_OUT.includes(path) });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const { stdout } = await exec("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: copy });
  const tarball = join(folder, stdout.trim().split("\n").at(-1) ?? "");
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("package.json", JSON.stringify({ name: "empty", private: true, type: "module" }));
  await run("npm", "install", "--no-audit", "--no-fund", "--omit=optional", tarball, ...PEERS);
  const installNode = async (version: string): Promise<string> => {
    const name = `node-${version}`;
    await run(
      "npm",
      "install",
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      `${name}@npm:${NODE}@${version}`,
    );
    return join(folder, "node_modules", name, platform === "win32" ? "bin/node.exe" : "bin/node");
  };
  return { tarball, folder, write, run, installNode, remove: () => rm(folder, { recursive: true, force: true }) };
};

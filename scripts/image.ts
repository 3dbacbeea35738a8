import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runDockerfile } from "./dockerfile.ts";
import { tryProgram } from "./program.ts";

/**
 * Runs the steps of the Dockerfile on a clean copy, without an engine, and starts the result as the image does. It fails if a step fails,
 * if the image would be too large or run as root, and if the program writes a file.
 */

const MAX_MODULES_MB = 70;

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "portico-image-"));
// Neither what npm adds for the scripts of this project, nor its settings, are part of a base image.
const { PATH = "", HOME } = process.env;
const path = [dirname(process.execPath), ...PATH.split(delimiter).filter((each) => !each.includes("node_modules"))];
// What is in npm's cache is not asked for again.
const env = { PATH: path.join(delimiter), HOME, npm_config_prefer_offline: "true" };

const filesIn = (directory: string): readonly string[] =>
  globSync("**/*", { cwd: directory }).map((file) => `${file} ${statSync(join(directory, file)).mtimeMs}`);

const megabytesOf = (directory: string): number =>
  globSync("**/*", { cwd: directory })
    .map((file) => statSync(join(directory, file)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.blocks * 512 : 0), 0) / 1e6;

/** The command of a setting in its JSON form. */
const commandIn = (text = ""): readonly string[] => JSON.parse(/\[.*\]/.exec(text)?.[0] ?? "[]") as readonly string[];

try {
  const { folder: image, workdir, settings, env: imageEnv } = runDockerfile({ root, folder, env });
  const cwd = join(image, workdir);
  const size = megabytesOf(join(cwd, "node_modules"));
  if (size > MAX_MODULES_MB) throw new Error(`node_modules must have at most ${MAX_MODULES_MB} MB; it has ${size}.`);
  if (!/^[1-9]\d*/.test(settings.get("USER") ?? "")) throw new Error("USER must be a number other than 0.");
  const [, ...args] = commandIn(settings.get("ENTRYPOINT"));
  const [, ...healthArgs] = commandIn(settings.get("HEALTHCHECK"));
  const before = filesIn(image);
  await tryProgram({
    name: "image",
    command: process.execPath,
    args,
    cwd,
    // The sandbox is open, which takes an address of this machine.
    env: { ...env, ...imageEnv, HOST: "127.0.0.1" },
    whileRunning({ hostname, port }) {
      execFileSync(process.execPath, healthArgs, {
        cwd,
        env: { ...env, HOST: hostname, PORT: port },
        stdio: "inherit",
      });
    },
  });
  if (filesIn(image).join("\n") !== before.join("\n"))
    throw new Error("The program must write no file: the root file system of the image is read-only.");
  process.stdout.write(`image: ${size.toFixed(1)} MB of node_modules.\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

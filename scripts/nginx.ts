import { spawnSync } from "node:child_process";
import { installProgram } from "./install-program.ts";

/** Debian installs it where only the paths of administrators look. */
const CANDIDATES = ["nginx", "/usr/sbin/nginx"] as const;

/** The command that starts nginx; undefined if it is not installed. */
export const nginxCommand = (): string | undefined =>
  CANDIDATES.find((name) => spawnSync(name, ["-v"], { stdio: "ignore" }).status === 0);

/**
 * Makes sure that nginx is installed. Vitest calls it before all tests.
 * @throws Error with installation instructions if it cannot install one.
 */
export const setup = (): void => {
  const isInstalled = () => nginxCommand() !== undefined;
  if (!installProgram({ title: "nginx", isInstalled, apt: "nginx-light", brew: ["nginx"] }))
    throw new Error("The tests need nginx on the PATH: apt-get install nginx-light, or brew install nginx.");
};

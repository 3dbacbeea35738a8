import { spawnSync } from "node:child_process";
import { installProgram } from "./install-program.ts";

/** Debian installs it where only the paths of administrators look. */
const CANDIDATES = ["haproxy", "/usr/sbin/haproxy"] as const;

/** The command that starts HAProxy; undefined if it is not installed. */
export const haproxyCommand = (): string | undefined =>
  CANDIDATES.find((name) => spawnSync(name, ["-v"], { stdio: "ignore" }).status === 0);

/**
 * Makes sure that HAProxy is installed. Vitest calls it before all tests.
 * @throws Error with installation instructions if it cannot install one.
 */
export const setup = (): void => {
  const isInstalled = () => haproxyCommand() !== undefined;
  if (!installProgram({ title: "HAProxy", isInstalled, apt: "haproxy", brew: ["haproxy"] }))
    throw new Error("The tests need HAProxy on the PATH: apt-get install haproxy, or brew install haproxy.");
};

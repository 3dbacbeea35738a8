import { spawnSync } from "node:child_process";
import { installProgram } from "./install-program.ts";

/** The server and the checker of rules, which every package of Prometheus has. */
const PROGRAMS = ["prometheus", "promtool"] as const;

/**
 * Makes sure that Prometheus is installed. Vitest calls it before all tests.
 * @throws Error with installation instructions if it cannot install it.
 */
export const setup = (): void => {
  const isInstalled = () => PROGRAMS.every((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
  if (!installProgram({ title: "Prometheus", isInstalled, apt: "prometheus", brew: ["prometheus"] }))
    throw new Error("The tests need Prometheus on the PATH: apt-get install prometheus, or brew install prometheus.");
};

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort } from "../kit/ports.ts";
import { until } from "../kit/until.ts";

/** A real balancer in front of instances. */
export interface Balancer {
  readonly url: string;
  /** Starts it in front of instances at these ports. */
  readonly start: (ports: readonly number[]) => Promise<void>;
  /** What it has logged of requests. */
  readonly log: () => Promise<string>;
}

/** How a balancer is started. */
export interface BalancerProgram {
  readonly command: string;
  readonly args: (file: string, directory: string) => readonly string[];
  /** The shipped file with the addresses of a test in place of its own. Requests are logged to standard output. */
  readonly configuration: (listen: number, ports: readonly number[], directory: string) => Promise<string>;
}

/** Chooses the address of a balancer, which stops at the end of the test. */
export const withBalancer = async ({ command, args, configuration }: BalancerProgram): Promise<Balancer> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let directory = "";
  const answers = () =>
    fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
  return {
    url,
    log: () => readFile(join(directory, "log"), "utf8"),
    async start(ports) {
      directory = await mkdtemp(join(tmpdir(), "portico-balancer-"));
      const file = join(directory, "balancer.conf");
      await writeFile(file, await configuration(port, ports, directory));
      const log = await open(join(directory, "log"), "a");
      const child = spawn(command, args(file, directory), { stdio: ["ignore", log.fd, log.fd] });
      await log.close();
      const ended = once(child, "exit");
      onTestFinished(async () => {
        // At SIGTERM HAProxy ends at once.
        child.kill("SIGTERM");
        await ended;
        await rm(directory, { recursive: true, force: true });
      });
      await until(answers, { what: `${command} to answer`, giveUp: () => child.exitCode !== null });
    },
  };
};

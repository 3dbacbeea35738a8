import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { nginxCommand } from "../../scripts/nginx.ts";
import { freePort } from "../kit/ports.ts";
import { ROOT } from "../kit/program.ts";
import { until } from "../kit/until.ts";

export interface Balancer {
  readonly url: string;
  /** Starts it in front of instances at these ports. */
  readonly start: (ports: readonly number[]) => Promise<void>;
  /** What it has logged of requests. */
  readonly log: () => Promise<string>;
}

/** The shipped file of nginx with the addresses of a test in place of those in the compose file. */
const configuration = async (listen: number, ports: readonly number[], directory: string): Promise<string> => {
  const shipped = await readFile(join(ROOT, "deploy/nginx/portico.conf"), "utf8");
  const server = shipped
    .replace("listen 80;", `listen 127.0.0.1:${listen};`)
    .replace("/dev/stdout", `${directory}/access.log`)
    .replace(/portico-(\d):4000/g, (_, index) => `127.0.0.1:${ports[Number(index) - 1]}`);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  return `daemon off; pid ${directory}/nginx.pid; worker_processes 1;
    events { worker_connections 4096; }
    http { ${paths.join(" ")} ${server} }`;
};

/** Chooses the address of an nginx, which stops at the end of the test. */
export const withNginx = async (): Promise<Balancer> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let directory = "";
  return {
    url,
    log: () => readFile(join(directory, "access.log"), "utf8"),
    async start(ports) {
      directory = await mkdtemp(join(tmpdir(), "portico-nginx-"));
      const file = join(directory, "nginx.conf");
      await writeFile(file, await configuration(port, ports, directory));
      const child = spawn(nginxCommand() ?? "nginx", ["-c", file, "-p", directory], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      const ended = once(child, "exit");
      onTestFinished(async () => {
        child.kill("SIGTERM");
        await ended;
        await rm(directory, { recursive: true, force: true });
      });
      const answers = () =>
        fetch(`${url}/health/live`).then(
          ({ ok }) => ok,
          () => false,
        );
      await until(answers, { what: "nginx to answer", giveUp: () => child.exitCode !== null });
    },
  };
};

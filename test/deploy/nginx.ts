import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { nginxCommand } from "../../scripts/nginx.ts";
import { ROOT } from "../kit/program.ts";
import { type Balancer, withBalancer } from "./balancer.ts";

const configuration = async (listen: number, ports: readonly number[], directory: string): Promise<string> => {
  const shipped = await readFile(join(ROOT, "deploy/nginx/portico.conf"), "utf8");
  const server = shipped
    .replace("listen 80;", `listen 127.0.0.1:${listen};`)
    .replace(/portico-(\d):4000/g, (_, index) => `127.0.0.1:${ports[Number(index) - 1]}`);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  return `daemon off; pid ${directory}/nginx.pid; worker_processes 1;
    events { worker_connections 4096; }
    http { ${paths.join(" ")} ${server} }`;
};

/** An nginx with the shipped file. */
export const withNginx = (): Promise<Balancer> =>
  withBalancer({
    command: nginxCommand() ?? "nginx",
    args: (file, directory) => ["-c", file, "-p", directory],
    configuration,
  });

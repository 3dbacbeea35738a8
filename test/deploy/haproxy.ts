import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { haproxyCommand } from "../../scripts/haproxy.ts";
import { ROOT } from "../kit/program.ts";
import { type Balancer, withBalancer } from "./balancer.ts";

const configuration = async (listen: number, ports: readonly number[]): Promise<string> => {
  const shipped = await readFile(join(ROOT, "deploy/haproxy/haproxy.cfg"), "utf8");
  return shipped
    .replace("bind :80", `bind 127.0.0.1:${listen}`)
    .replace(/portico-(\d):4000/g, (_, index) => `127.0.0.1:${ports[Number(index) - 1]}`);
};

/** An HAProxy with the shipped file. */
export const withHaproxy = (): Promise<Balancer> =>
  withBalancer({ command: haproxyCommand() ?? "haproxy", args: (file) => ["-db", "-f", file], configuration });

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { parse } from "yaml";
import { freePort } from "../kit/ports.ts";
import { ROOT } from "../kit/program.ts";
import { until } from "../kit/until.ts";

/** A sample of an instant query. */
interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Prometheus {
  /** Executes an expression; rejects with the error of Prometheus. */
  readonly query: (expression: string) => Promise<readonly Result[]>;
  /** The names of all metrics that it has scraped. */
  readonly names: () => Promise<ReadonlySet<string>>;
  /** The names of the alerts that fire. */
  readonly firing: () => Promise<ReadonlySet<string>>;
}

const INTERVAL = "500ms";
/** Windows that hold as many scrapes as a test can wait for. */
const WINDOWS: Readonly<Record<string, string>> = { "5m": "4s", "15m": "10s" };

const ALERTS = "deploy/prometheus/alerts.yaml";

export interface Alert {
  readonly alert: string;
  readonly expr: string;
}

/** The rules of alerts that are shipped. */
export const shippedAlerts = async (): Promise<readonly Alert[]> => {
  const file = parse(await readFile(join(ROOT, ALERTS), "utf8")) as {
    readonly groups: readonly { readonly rules: readonly Alert[] }[];
  };
  return file.groups.flatMap(({ rules }) => rules);
};

/** The shipped rules with windows of seconds, which fire at once. */
const shortened = async (): Promise<string> =>
  (await readFile(join(ROOT, ALERTS), "utf8"))
    .replace(/^( +for:) .*$/gm, "$1 0s")
    .replace(/\[(\w+)\]/g, (_, window: string) => `[${WINDOWS[window]}]`)
    .replace(/offset (\w+)/g, (_, window: string) => `offset ${WINDOWS[window]}`);

/** Starts the real Prometheus, which scrapes the target under the job `portico` and stops at the end of the test. */
export const withPrometheus = async (target: string): Promise<Prometheus> => {
  const directory = await mkdtemp(join(tmpdir(), "portico-prometheus-"));
  const rules = join(directory, "alerts.yaml");
  const file = join(directory, "prometheus.yaml");
  await writeFile(rules, await shortened());
  const timing = `{ scrape_interval: ${INTERVAL}, scrape_timeout: ${INTERVAL}, evaluation_interval: ${INTERVAL} }`;
  const job = `{ job_name: portico, static_configs: [{ targets: ["${target}"] }] }`;
  await writeFile(file, `global: ${timing}\nrule_files: ["${rules}"]\nscrape_configs: [${job}]\n`);
  const address = `127.0.0.1:${await freePort()}`;
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${address}`];
  const child = spawn("prometheus", [...args, "--log.level=error"], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true, force: true });
  });
  const ask = async <Data>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Data> => {
    const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as { readonly data: Data; readonly error?: string };
    if (answer.error !== undefined) throw new Error(`${answer.error}: ${parameters["query"]}`);
    return answer.data;
  };
  const isUp = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isUp, { what: "Prometheus to be ready", timeoutMs: 15_000, giveUp: () => child.exitCode !== null });
  return {
    query: async (query) => (await ask<{ readonly result: readonly Result[] }>("query", { query })).result,
    names: async () => new Set(await ask<readonly string[]>("label/__name__/values")),
    async firing() {
      const { alerts } = await ask<{
        readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly state: string }[];
      }>("alerts");
      return new Set(alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels["alertname"] ?? ""));
    },
  };
};

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { runToEnd } from "../kit/cli.ts";
import { ROOT } from "../kit/program.ts";

const textOf = (path: string) => readFile(join(ROOT, path), "utf8");

interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
}

interface PrometheusFile {
  readonly scrape_configs: readonly unknown[];
}

interface ComposeService {
  readonly image: string;
  readonly restart: string;
  readonly mem_limit: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly configs?: readonly { readonly target: string }[];
  readonly volumes?: readonly { readonly source: string; readonly target: string; readonly read_only: boolean }[];
}

const composeFile = async (): Promise<ComposeFile> =>
  parse(await textOf("compose.yaml"), { merge: true }) as ComposeFile;

/** Sets what an operator fills in, as the compose file reads it. */
const filledIn = async (): Promise<ReadonlyMap<string, string>> => {
  const example = await textOf(".env.example");
  const lines = [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value] as const);
  return new Map(lines.map(([name, value]) => [name, value === "" ? "0123456789abcdef0123456789abcdef" : value]));
};

test("every variable that the compose file requires is in .env.example, and every one there is used", async () => {
  const used = [...(await textOf("compose.yaml")).matchAll(/\$\{([A-Z_]+)/g)].map(([, name = ""]) => name);
  expect(new Set(used)).toEqual(new Set((await filledIn()).keys()));
});

test("the instances start with what the compose file sets, each with limits and one image", async () => {
  const { services, configs } = await composeFile();
  const values = await filledIn();
  const instances = Object.entries(services).filter(([name]) => name.startsWith("portico-"));
  expect(instances).toHaveLength(3);
  for (const [, service] of instances) {
    expect(service.image).toBe("portico");
    const environment = Object.entries(service.environment ?? {}).map(([name, value]) => [
      name,
      value.replace(/\$\{([A-Z_]+)[^}]*\}/g, (_, variable: string) => values.get(variable) ?? ""),
    ]);
    const config = parseConfig(Object.fromEntries(environment) as Record<string, string>);
    expect([config.host, config.port, config.development]).toEqual(["0.0.0.0", 4000, false]);
  }
  for (const [name, service] of Object.entries(services)) {
    expect([name, service.restart, typeof service.mem_limit]).toEqual([name, "unless-stopped", "string"]);
    for (const { condition } of Object.values(service.depends_on ?? {})) expect(condition).toBe("service_healthy");
  }
  expect(services["redis"]?.command).toEqual(
    expect.arrayContaining(["--maxmemory-policy noeviction", "--appendonly yes"]),
  );
  expect(await textOf(configs["balancer"]?.file ?? "")).toContain("upstream portico");
});

test("the keys are in a folder that is mounted, so that the instances see a file that replaces the former one", async () => {
  const { services } = await composeFile();
  const instance = services["portico-1"];
  const folder = dirname(instance?.environment?.["ACCESS_API_KEYS_FILE"] ?? "");
  expect(instance?.volumes).toEqual([expect.objectContaining({ target: folder, read_only: true })]);
  expect(instance?.configs ?? []).toEqual([]);
});

test("the port for operators is published for this machine only, and the example for Prometheus scrapes each instance", async () => {
  const { services } = await composeFile();
  const instances = Object.entries(services).filter(([name]) => name.startsWith("portico-"));
  const published = instances.map(([, { ports = [], environment }]) => {
    const [, host = "", port = ""] = /^(127\.0\.0\.1:\d+):(\d+)$/.exec(ports.join()) ?? [];
    expect(port).toBe(environment?.["ADMIN_PORT"]);
    return host;
  });
  const example = parse(await textOf("deploy/prometheus/prometheus.yaml")) as PrometheusFile;
  expect(example.scrape_configs).toEqual([{ job_name: "portico", static_configs: [{ targets: published }] }]);
});

test("promtool accepts the example for Prometheus, with the rules that it names", async () => {
  const { code, out } = await runToEnd("promtool", ["check", "config", "deploy/prometheus/prometheus.yaml"]);
  expect(code).toBe(0);
  expect(out).toContain("1 rule files found");
});

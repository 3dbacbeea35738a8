import { Ajv } from "ajv";
import { Deployment } from "kubernetes-models/apps/v1";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { Service } from "kubernetes-models/v1";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { parseConfig } from "../../src/config/config.ts";
import { ROOT } from "../kit/program.ts";
import { chartValues, type KubernetesObject, renderChart, valuesSchema } from "./helm.ts";

const EVERYTHING = {
  autoscaling: { enabled: true },
  serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
  networkPolicy: { enabled: true, from: [{ podSelector: {} }], adminFrom: [{ namespaceSelector: {} }] },
  env: { ACCESS_API_KEYS_FILE: "/run/portico/api-keys.json", LIMIT_COST: 5_000 },
  filesSecretName: "portico-files",
  imagePullSecrets: [{ name: "registry" }],
  podAnnotations: { "example.com/team": "access" },
  nodeSelector: { "kubernetes.io/arch": "amd64" },
  tolerations: [{ key: "dedicated", operator: "Exists" }],
  affinity: { podAntiAffinity: {} },
};

const MODELS = { Deployment, HorizontalPodAutoscaler, NetworkPolicy, PodDisruptionBudget, Service };

const faultsOf = (object: KubernetesObject): readonly string[] => {
  if (object.kind === "ServiceMonitor") return [];
  const Model = MODELS[object.kind as keyof typeof MODELS];
  try {
    new Model(object as never).validate();
    return [];
  } catch (error) {
    return [`${object.kind}: ${(error as Error).message}`];
  }
};

const namesOf = (objects: readonly KubernetesObject[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();

interface PodSpec {
  readonly containers: readonly {
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    readonly volumeMounts?: readonly { readonly mountPath: string }[];
  }[];
}

const podOf = (objects: readonly KubernetesObject[]): PodSpec => {
  const deployment = objects.find(({ kind }) => kind === "Deployment");
  if (deployment === undefined) throw new Error("The chart has no Deployment.");
  return (deployment.spec["template"] as { readonly spec: PodSpec }).spec;
};

test.each([
  [
    "as they are",
    {},
    ["Deployment demo", "NetworkPolicy demo", "PodDisruptionBudget demo", "Service demo", "Service demo-admin"],
  ],
  [
    "without the port for operators",
    { admin: { enabled: false } },
    ["Deployment demo", "NetworkPolicy demo", "PodDisruptionBudget demo", "Service demo"],
  ],
  [
    "with everything on",
    EVERYTHING,
    [
      "Deployment demo",
      "HorizontalPodAutoscaler demo",
      "NetworkPolicy demo",
      "PodDisruptionBudget demo",
      "Service demo",
      "Service demo-admin",
      "ServiceMonitor demo",
    ],
  ],
])("the chart with its values %s makes valid objects that belong together", async (_, over, expected) => {
  const values = await chartValues(over);
  const isValid = new Ajv({ allowUnionTypes: true }).compile(await valuesSchema());
  expect([isValid(values), isValid.errors]).toEqual([true, null]);
  const objects = await renderChart(values);
  expect(objects.flatMap(faultsOf)).toEqual([]);
  expect(namesOf(objects)).toEqual(expected);
  const labels = { "app.kubernetes.io/name": "portico", "app.kubernetes.io/instance": "demo" };
  for (const { metadata } of objects) expect(metadata.labels).toMatchObject(labels);
});

test("the variables of the chart and of the Secret that it names are a configuration that starts", async () => {
  const objects = await renderChart(await chartValues(EVERYTHING));
  const { env } = podOf(objects).containers[0] ?? { env: [] };
  const config = parseConfig({
    ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
    GATEWAY_AUTH_TOKEN: "ExampleAuthToken0123456789abcdef",
    LINK_SECRET: "a-secret-of-thirty-two-bytes-or-more",
    CALLBACK_SECRET: "a-secret-of-thirty-two-bytes-or-more",
    REDIS_URL: "redis://redis:6379",
  });
  const ports = Object.fromEntries(
    podOf(objects).containers[0]?.ports.map((port) => [port.name, port.containerPort]) ?? [],
  );
  expect({ http: config.port, admin: config.admin?.port }).toEqual(ports);
});

const textOf = (path: string): string => readFileSync(join(ROOT, path), "utf8");

test("Prometheus scrapes the release with the job that rules and dashboard expect, whatever its name", async () => {
  const objects = await renderChart(await chartValues(EVERYTHING));
  const monitor = objects.find(({ kind }) => kind === "ServiceMonitor")?.spec as {
    readonly jobLabel: string;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  };
  const isSelected = ({ kind, metadata }: KubernetesObject) =>
    kind === "Service" &&
    Object.entries(monitor.selector.matchLabels).every(([name, value]) => metadata.labels[name] === value);
  const jobs = objects.filter(isSelected).map(({ metadata }) => metadata.labels[monitor.jobLabel]);
  const expected = [...textOf("deploy/prometheus/alerts.yaml").matchAll(/job="([^"]+)"/g)].map(([, job]) => job);
  expect(jobs).toEqual([...new Set(expected)]);
});

test("the network policy admits everyone to the port of clients, and to the port for operators who is named", async () => {
  const ingressOf = async (over: Readonly<Record<string, unknown>>) =>
    (await renderChart(await chartValues(over))).find(({ kind }) => kind === "NetworkPolicy")?.spec["ingress"];
  expect(await ingressOf({ serviceMonitor: { enabled: true } })).toEqual([{ ports: [{ port: "http" }] }]);
  const example = /```yaml\n(serviceMonitor:[^`]+)```/.exec(textOf("docs/operating.md"))?.[1] ?? "";
  const documented = parse(example) as { readonly networkPolicy: { readonly adminFrom: readonly unknown[] } };
  expect(await ingressOf(documented)).toEqual([
    { ports: [{ port: "http" }] },
    { ports: [{ port: "admin" }], from: documented.networkPolicy.adminFrom },
  ]);
});

test("the chart has the version of the package, and the documentation builds the image under this tag", () => {
  const { version } = manifest;
  expect(parse(textOf("deploy/kubernetes/portico/Chart.yaml"))).toMatchObject({ version, appVersion: version });
  expect(textOf("docs/operating.md")).toContain(`docker build -t registry.example.com/portico:${version} .`);
});

test("a value that the chart does not know is an error", async () => {
  const isValid = new Ajv({ allowUnionTypes: true }).compile(await valuesSchema());
  expect(isValid(await chartValues({ replicaCount: 5 }))).toBe(false);
  expect(isValid(await chartValues({ env: { "portico.url": "x" } }))).toBe(false);
});

import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

/** Which layers a layer may import from; a file directly under src is a layer of its own. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  config: [],
  contract: [],
  gateway: ["contract", "runtime"],
  loaders: ["contract", "gateway", "runtime"],
  redis: ["config", "runtime", "events"],
  events: ["contract", "redis", "config", "runtime"],
  commands: ["contract", "gateway", "events", "redis", "config", "runtime"],
  schema: ["contract", "gateway", "loaders", "commands", "events", "runtime"],
  server: ["schema", "commands", "events", "redis", "contract", "gateway", "runtime", "config"],
  sandbox: ["contract", "runtime"],
  app: [
    "redis",
    "schema",
    "server",
    "sandbox",
    "loaders",
    "commands",
    "events",
    "contract",
    "gateway",
    "runtime",
    "config",
  ],
  "main.ts": ["app", "config", "runtime"],
};

const root = resolve(import.meta.dirname, "../src");
const IMPORT = /(?:^|[^.\w])(?:import|export)\s(?:[^"';]*?\sfrom\s*)?"(\.[^"]+)"|import\(\s*"(\.[^"]+)"/g;

/** Imports by file, both relative to src; `import type` and re-exports count. */
const imports = new Map(
  globSync("**/*.ts", { cwd: root }).map((file) => {
    const found = [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)];
    return [file, found.map(([, plain, dynamic]) => join(dirname(file), plain ?? dynamic ?? ""))];
  }),
);
const edges = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));
const layer = (file: string): string => file.split("/")[0] ?? "";
const told = (found: typeof edges) => found.map(({ from, to }) => `${from} imports ${to}`);

test("every import leads to a file, and every file lies in a layer of the table", () => {
  expect(told(edges.filter(({ to }) => !imports.has(to)))).toEqual([]);
  expect([...imports.keys()].filter((file) => !(layer(file) in LAYERS))).toEqual([]);
  expect(edges.length).toBeGreaterThan(imports.size);
});

test("a layer imports only from the layers below it", () => {
  const allowed = (from: string, to: string) => layer(from) === layer(to) || LAYERS[layer(from)]?.includes(layer(to));
  expect(told(edges.filter(({ from, to }) => allowed(from, to) !== true))).toEqual([]);
});

test("no file imports itself, by whatever way round", () => {
  const done = new Set<string>();
  const cycleFrom = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(" -> ")];
    if (done.has(file)) return [];
    const found = (imports.get(file) ?? []).flatMap((next) => cycleFrom(next, [...path, file]));
    done.add(file);
    return found;
  };
  expect([...imports.keys()].flatMap((file) => cycleFrom(file, []))).toEqual([]);
});

test("a module of the schema imports another one only through its refs", () => {
  const module = (file: string) => /^schema\/([^/]+)\//.exec(file)?.[1];
  const crossing = edges.filter(({ from, to }) => {
    const target = module(to);
    return from !== "schema/index.ts" && target !== undefined && target !== module(from) && !to.endsWith("/refs.ts");
  });
  expect(told(crossing)).toEqual([]);
});

import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

type Table = Readonly<Record<string, readonly string[]>>;

/** The layers of src, and which layers each may import. A file directly under src is a layer of its own. */
const LAYERS: Table = {
  runtime: [],
  config: [],
  contract: [],
  redis: ["config", "runtime"],
  gateway: ["contract", "runtime"],
  loaders: ["contract", "gateway"],
  events: ["config", "contract", "redis", "runtime"],
  commands: ["config", "contract", "events", "gateway", "redis"],
  schema: ["commands", "contract", "events", "gateway", "loaders", "runtime"],
  server: ["commands", "config", "contract", "events", "gateway", "redis", "runtime", "schema"],
  sandbox: ["contract"],
  app: ["commands", "config", "events", "gateway", "loaders", "redis", "runtime", "sandbox", "schema", "server"],
  "main.ts": ["app", "config"],
};

/** The rooms inside a layer, and which rooms of the same layer each may import. */
const ROOMS: Readonly<Record<string, Table>> = {
  events: {
    "cursor.ts": [],
    "event.ts": [],
    log: ["cursor.ts", "event.ts"],
    hub: ["cursor.ts", "event.ts", "log"],
    ingress: ["event.ts", "log"],
    backfill: ["ingress", "log"],
  },
  schema: {
    kernel: [],
    command: ["kernel"],
    device: ["command", "kernel"],
    user: ["command", "device", "kernel"],
    attendance: ["device", "kernel", "user"],
    access: ["attendance", "command", "device", "kernel", "user"],
    realtime: ["attendance", "command", "device", "kernel", "user"],
    system: ["kernel"],
    federation: ["access", "attendance", "command", "device", "kernel", "user"],
    "index.ts": ["access", "attendance", "command", "device", "federation", "kernel", "realtime", "system", "user"],
  },
  server: {
    http: [],
    identity: ["http"],
    admission: ["http", "identity"],
    execution: ["admission", "http", "identity"],
    subscriptions: ["admission", "execution", "identity"],
    transports: ["admission", "execution", "http", "identity", "subscriptions"],
    routes: ["http"],
  },
};

const root = resolve(import.meta.dirname, "../../src");
const IMPORT = /(?:^|[^.\w])(?:import|export)\s(?:[^"';]*?\sfrom\s*)?"(\.[^"]+)"|import\(\s*"(\.[^"]+)"/g;

/** Imports by file, both relative to src; `import type` and re-exports count. */
const imports = new Map(
  globSync("**/*.ts", { cwd: root }).map((file) => {
    const found = [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)];
    return [file, found.map(([, plain, dynamic]) => join(dirname(file), plain ?? dynamic ?? ""))];
  }),
);
const edges = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));
const layerOf = (file: string): string => file.split("/")[0] ?? "";
const roomOf = (file: string): string => file.split("/")[1] ?? "";
const sentences = (found: typeof edges) => found.map(({ from, to }) => `${from} imports ${to}`);

test("every import leads to a file, and every file lies in a layer and a room of the tables", () => {
  expect(sentences(edges.filter(({ to }) => !imports.has(to)))).toEqual([]);
  expect([...imports.keys()].filter((file) => !(layerOf(file) in LAYERS))).toEqual([]);
  const homeless = [...imports.keys()].filter((file) => {
    const rooms = ROOMS[layerOf(file)];
    return rooms !== undefined && !(roomOf(file) in rooms);
  });
  expect(homeless).toEqual([]);
  expect(edges.length).toBeGreaterThan(imports.size);
});

test("a layer imports only the layers that the table allows", () => {
  const isAllowed = (from: string, to: string) =>
    layerOf(from) === layerOf(to) || LAYERS[layerOf(from)]?.includes(layerOf(to)) === true;
  expect(sentences(edges.filter(({ from, to }) => !isAllowed(from, to)))).toEqual([]);
});

test("a room imports only the rooms of its layer that the table allows", () => {
  const isAllowed = (from: string, to: string) => {
    if (layerOf(from) !== layerOf(to) || roomOf(from) === roomOf(to)) return true;
    const rooms = ROOMS[layerOf(from)];
    return rooms === undefined || rooms[roomOf(from)]?.includes(roomOf(to)) === true;
  };
  expect(sentences(edges.filter(({ from, to }) => !isAllowed(from, to)))).toEqual([]);
});

test("the tables allow nothing that no file needs", () => {
  const used = new Set(
    edges.flatMap(({ from, to }) =>
      layerOf(from) === layerOf(to)
        ? [`${layerOf(from)}/${roomOf(from)} -> ${layerOf(to)}/${roomOf(to)}`]
        : [`${layerOf(from)} -> ${layerOf(to)}`],
    ),
  );
  const allowed = [
    ...Object.entries(LAYERS).flatMap(([from, targets]) => targets.map((to) => `${from} -> ${to}`)),
    ...Object.entries(ROOMS).flatMap(([layer, rooms]) =>
      Object.entries(rooms).flatMap(([from, targets]) => targets.map((to) => `${layer}/${from} -> ${layer}/${to}`)),
    ),
  ];
  expect(allowed.filter((each) => !used.has(each))).toEqual([]);
});

test("no file imports itself, directly or through others", () => {
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

test("a folder of the schema is used through its refs.ts and its <folder>.ts", () => {
  const crossing = edges.filter(({ from, to }) => {
    if (layerOf(to) !== "schema" || roomOf(from) === roomOf(to) || from === "schema/index.ts") return false;
    const folder = roomOf(to);
    return (
      folder !== "kernel" &&
      ![`schema/${folder}/refs.ts`, `schema/${folder}/${folder}.ts`, "schema/index.ts"].includes(to)
    );
  });
  expect(sentences(crossing)).toEqual([]);
});

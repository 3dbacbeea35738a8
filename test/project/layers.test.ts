import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { type ImportTable, LAYERS, ROOMS } from "./layers.ts";

const root = resolve(import.meta.dirname, "../../src");
const architecture = readFileSync(resolve(root, "../docs/architecture.md"), "utf8");
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

/** The rows below a table head of docs/architecture.md, as an import table. */
const documented = (head: string): ImportTable => {
  const [, rows = ""] = architecture.split(`| ${head} | holds | may import |\n|---|---|---|\n`);
  const cells = [...(rows.split("\n\n")[0] ?? "").matchAll(/^\| `(?:src\/)?([^`]+?)\/?` \|.*\| ([^|]+) \|$/gm)];
  return Object.fromEntries(
    cells.map(([, name = "", targets = ""]) => [name, targets === "nothing" ? [] : targets.split(", ").toSorted()]),
  );
};
const sorted = (table: ImportTable): ImportTable =>
  Object.fromEntries(Object.entries(table).map(([name, targets]) => [name, targets.toSorted()]));

test("docs/architecture.md has the table of the layers", () => {
  expect(documented("layer")).toEqual(sorted(LAYERS));
});

test.each(Object.entries(ROOMS))("docs/architecture.md has the table of the rooms of %s", (layer, rooms) => {
  expect(documented(`room of \`${layer}\``)).toEqual(sorted(rooms));
});

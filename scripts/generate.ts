import { createHash } from "node:crypto";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSchema as gqlSchema } from "graphql";
import { clientSdl, subgraphSdl } from "../src/schema/federation/sdl.ts";
import { buildSchema } from "../src/schema/index.ts";
import { clientGraph } from "./client-graph.ts";
import { closeActionTable, closeCodeTable, errorTable, userErrorTable } from "./error-tables.ts";
import { type OperationHome, homesOf } from "./homes.ts";
import { scopeTable } from "./scope-table.ts";

/**
 * Writes what follows from the code: schema.graphql for clients of this server, subgraph.graphql for supergraphs, the table of
 * operations in README.md and docs/operations.md, the tables of error codes in docs/errors.md, that of scopes in docs/access.md, and the
 * manifest of the documents for models in examples/mcp.
 */

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const code = (text: string): string => `\`${text}\``;

const row = ({ method, operation, home, also }: OperationHome, index: number): string => {
  return `| ${index + 1} | ${method} ${code(operation)} | ${code(home)} | ${also.map(code).join(", ")} |`;
};

const table = (homes: readonly OperationHome[]): string =>
  ["| # | operation | home | also |", "|---|---|---|---|", ...homes.map(row)].join("\n");

/** Replaces what stands between the markers of this name. */
const replaceBetween = (path: string, name: string, content: string): void => {
  const text = readFileSync(file(path), "utf8");
  const pattern = new RegExp(`(<!-- ${name} -->\\n)[^]*(<!-- /${name} -->)`);
  if (!pattern.test(text)) throw new Error(`${path} must have the markers <!-- ${name} --> and <!-- /${name} -->.`);
  const replaced = text.replace(pattern, (_all, start: string, end: string) => `${start}${content}\n${end}`);
  writeFileSync(file(path), replaced);
};

const schema = buildSchema();
writeFileSync(file("schema.graphql"), clientSdl(schema));
writeFileSync(file("subgraph.graphql"), subgraphSdl(schema));
writeFileSync(file("src/client/adapters/graph.ts"), clientGraph(gqlSchema(clientSdl(schema))));
for (const path of ["README.md", "docs/operations.md"]) replaceBetween(path, "operations", table(homesOf(schema)));
replaceBetween("docs/errors.md", "error-codes", errorTable());
replaceBetween("docs/errors.md", "user-error-codes", userErrorTable());
replaceBetween("docs/access.md", "scopes", scopeTable(schema));
replaceBetween("docs/events.md", "close-codes", closeCodeTable());
replaceBetween("docs/clients.md", "close-actions", closeActionTable());

const tools = globSync(file("examples/mcp/*.graphql"))
  .toSorted()
  .map((path) => readFileSync(path, "utf8"));
const hashed = tools.map((text) => [createHash("sha256").update(text).digest("hex"), text]);
writeFileSync(file("examples/mcp/documents.json"), `${JSON.stringify(Object.fromEntries(hashed), null, 2)}\n`);

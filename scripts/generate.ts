import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { clientSdl, subgraphSdl } from "../src/schema/federation/sdl.ts";
import { buildSchema } from "../src/schema/index.ts";
import { type Home, homesOf } from "./homes.ts";

/** Writes what follows from the code: schema.graphql for supergraphs, the same for clients of this server, and the table of operations in README.md and docs/operations.md. */

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const code = (text: string): string => `\`${text}\``;

const row = ({ method, operation, home, also }: Home, index: number): string => {
  return `| ${index + 1} | ${method} ${code(operation)} | ${code(home)} | ${also.map(code).join(", ")} |`;
};

const table = (homes: readonly Home[]): string =>
  ["| # | operation | home | also |", "|---|---|---|---|", ...homes.map(row)].join("\n");

const between = (text: string, content: string): string => {
  const pattern = /(<!-- operations -->\n)[^]*(<!-- \/operations -->)/;
  if (!pattern.test(text)) throw new Error("The markers of the operations table are missing.");
  return text.replace(pattern, (_all, start: string, end: string) => `${start}${content}\n${end}`);
};

const schema = buildSchema();
writeFileSync(file("schema.graphql"), subgraphSdl(schema));
writeFileSync(file("test/gql/api.graphql"), clientSdl(schema));
for (const path of ["README.md", "docs/operations.md"]) {
  writeFileSync(file(path), between(readFileSync(file(path), "utf8"), table(homesOf(schema))));
}

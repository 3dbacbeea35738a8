import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generate } from "@graphql-codegen/cli";
import {
  buildClientSchema,
  buildSchema as buildFromSdl,
  getIntrospectionQuery,
  type GraphQLSchema,
  graphqlSync,
  Kind,
  parse,
  visit,
} from "graphql";
import { expect, onTestFinished, test } from "vitest";
import { clientSdl } from "../../src/schema/federation/sdl.ts";
import { buildSchema } from "../../src/schema/index.ts";

const path = fileURLToPath(new URL("../../schema.graphql", import.meta.url));
const committed = readFileSync(path, "utf8");
const run = promisify(execFile);

const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "portico-schema-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

test("the committed schema of clients is current", () => {
  expect(clientSdl(buildSchema())).toBe(committed);
});

test("graphql-js builds it without any assumption, and it has what introspection reports", () => {
  const elementsOf = (schema: GraphQLSchema) =>
    Object.values(schema.getTypeMap())
      .filter(({ name }) => !name.startsWith("_"))
      .flatMap((type) => [
        `${type.name}: ${type.description} ${"specifiedByURL" in type ? type.specifiedByURL : ""}`,
        ...("getFields" in type ? Object.values(type.getFields()) : [])
          .filter(({ name }) => !name.startsWith("_"))
          .map(
            (field) =>
              `${type.name}.${field.name}: ${field.type} ${field.description} ${field.deprecationReason ?? ""}`,
          ),
      ])
      .toSorted();
  const source = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true });
  const { data, errors } = graphqlSync({ schema: buildSchema(), source });
  expect(errors).toBeUndefined();
  const built = elementsOf(buildFromSdl(committed));
  expect(built.length).toBeGreaterThan(500);
  expect(built).toEqual(elementsOf(buildClientSchema(data as never)));
});

test("it follows the rules of the generators that are not in npm: no extension, no foreign name, every directive defined", () => {
  const document = parse(committed);
  const defined = new Set(["deprecated", "specifiedBy", "oneOf"]);
  const used = new Set<string>();
  visit(document, {
    DirectiveDefinition: ({ name }) => void defined.add(name.value),
    Directive: ({ name }) => void used.add(name.value),
  });
  expect([...used].filter((name) => !defined.has(name))).toEqual([]);
  expect(used).toContain("semanticNonNull");
  expect(document.definitions.filter(({ kind }) => kind.endsWith("Extension"))).toEqual([]);
  expect(document.definitions.filter(({ kind }) => kind === Kind.SCHEMA_DEFINITION)).toHaveLength(1);
  const names = document.definitions.flatMap((each) => ("name" in each && each.name ? [each.name.value] : []));
  expect(names.filter((name) => name.startsWith("_") || name.includes("__"))).toEqual([]);
  const scalars = document.definitions.filter(({ kind }) => kind === Kind.SCALAR_TYPE_DEFINITION);
  expect(scalars.length).toBeGreaterThan(5);
  for (const scalar of scalars) {
    expect("directives" in scalar && scalar.directives?.map(({ name }) => name.value)).toEqual(["specifiedBy"]);
  }
});

test("relay-compiler compiles a fragment, and makes non-null what is null only with an error", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "src"));
  writeFileSync(
    join(folder, "relay.config.json"),
    JSON.stringify({ src: "src", schema: "schema.graphql", language: "typescript", eagerEsModules: true }),
  );
  writeFileSync(join(folder, "schema.graphql"), committed);
  writeFileSync(
    join(folder, "src/DeviceRow.ts"),
    `import { graphql } from "relay-runtime";
export const fragment = graphql\`fragment DeviceRow_device on Device @throwOnFieldError { id status }\`;
export const query = graphql\`query DeviceRowQuery { devices { nodes { ...DeviceRow_device } } }\`;
`,
  );
  const compiler = createRequire(import.meta.url).resolve("relay-compiler/cli.js");
  await run(process.execPath, [compiler, "relay.config.json"], { cwd: folder });
  const generated = readFileSync(join(folder, "src/__generated__/DeviceRow_device.graphql.ts"), "utf8");
  expect(generated).toContain("readonly status: DeviceStatus;");
});

test("graphql-codegen generates types for a client that gives it the file and nothing else", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "devices.graphql"), "query Devices { devices { nodes { serialNumber status } } }");
  const files = (await generate(
    {
      schema: path,
      documents: join(folder, "devices.graphql"),
      generates: { [`${folder}/gql/`]: { preset: "client" } },
      silent: true,
      errorsOnly: true,
    },
    false,
  )) as readonly { readonly filename: string; readonly content: string }[];
  const types = files.find(({ filename }) => filename.endsWith("graphql.ts"))?.content;
  expect(types).toContain("export type DevicesQuery");
});

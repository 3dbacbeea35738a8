import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { type InstalledPackage, installPackage } from "./install.ts";

let project: InstalledPackage;

beforeAll(async () => {
  project = await installPackage();
}, 300_000);

afterAll(() => project?.remove());

const compiler = join(fileURLToPath(new URL("../..", import.meta.url)), "node_modules/typescript/bin/tsc");
const types = join(fileURLToPath(new URL("../..", import.meta.url)), "node_modules/@types");

const USE = `
import { ConfigError, type Plugin, type Portico, startPortico } from "portico-graphql";
import { createSandboxControl, startSandbox } from "portico-graphql/sandbox";

const names: (string | null | undefined)[] = [];
const plugin: Plugin = { onExecute: ({ args }) => void names.push(args.operationName) };
const portico: Portico = await startPortico(
  { PORT: "0", SANDBOX_PORT: "0", NODE_ENV: "test" },
  { plugins: [plugin], log: { write: () => {} } },
);
// @ts-expect-error a variable that does not exist
const rejected: unknown = await startPortico({ GATEWAY_URI: "http://localhost", PORT: "x" }).catch((error: unknown) => error);

const gateway = await startSandbox({ frozen: true, start: Date.UTC(2026, 5, 21) });
const control = createSandboxControl(gateway.url);
await control.changeClock({ advance: 60_000 });
const [punch] = await control.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "1042" });
const [rule] = await control.addFaults({ operation: "OpenDoor", kind: "hang" }, { operation: "LockDoor", kind: "hang" });
await control.clearFaults(rule);
const remaining = (await control.faults()).map(({ operation }) => operation);
await control.clearFaults();
const failed: unknown = await control.changeDevice("none", { online: true }).catch((error: unknown) => error);

const response = await fetch(\`\${portico.url}/graphql\`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query: "query Named { devices { totalCount } }" }),
});
const result: unknown = await response.json();
console.log(
  JSON.stringify({
    result,
    names,
    faults: rejected instanceof ConfigError ? rejected.faults.length : 0,
    sandbox: portico.sandbox !== null,
    now: (await control.clock()).now,
    employeeCode: punch?.EmployeeCode,
    rules: [remaining, await control.faults()],
    failed: String(failed),
    ledger: (await control.ledger()).entries.length,
  }),
);
await Promise.all([portico.stop(), gateway.stop()]);
`;

/** What a frontend team imports: values, which are there at run time too, and types. */
const CLIENTS = `
import { createClient, createFollow, storageCursors, type ConnectionState, type PorticoClient } from "portico-graphql/client";
import { apolloSource, porticoLink, possibleTypes, typePolicies } from "portico-graphql/client/apollo";
import { createRelayNetwork, relaySource } from "portico-graphql/client/relay";
import { scalars } from "portico-graphql/client/scalars";
import { graphcacheKeys, porticoExchange, urqlSource } from "portico-graphql/client/urql";
import { useCommand, useFollow, type UsedCommand } from "portico-graphql/react";

export type Types = [ConnectionState, PorticoClient, UsedCommand<object, object>];
const functions: readonly unknown[] = [
  ...[createClient, createFollow, storageCursors, apolloSource, porticoLink, createRelayNetwork, relaySource],
  ...[porticoExchange, urqlSource, useCommand, useFollow],
];
const data: readonly unknown[] = [possibleTypes, typePolicies, scalars, graphcacheKeys];
console.log(functions.filter((each) => typeof each === "function").length, data.filter((each) => typeof each === "object").length);
`;

test.each([
  ["nodenext", "nodenext"],
  ["bundler", "esnext"],
])("an empty project compiles each entry under %s resolution", async (moduleResolution, module) => {
  project.write("use.ts", USE);
  project.write("clients.ts", CLIENTS);
  const compilerOptions = {
    module,
    moduleResolution,
    target: "es2024",
    lib: ["es2024", "dom"],
    types: ["node"],
    typeRoots: [types],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
  };
  project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["use.ts", "clients.ts"] }));
  await project.run(process.execPath, compiler, "-p", "tsconfig.json");
});

test("the entries start Portico with a plugin, and a sandbox that another process controls", async () => {
  project.write("use.ts", USE);
  const output = JSON.parse(await project.run(process.execPath, "use.ts")) as unknown;
  expect(output).toEqual({
    result: { data: { devices: { totalCount: 10 } } },
    names: ["Named"],
    faults: 2,
    sandbox: true,
    now: Date.UTC(2026, 5, 21) + 60_000,
    employeeCode: "1042",
    rules: [["LockDoor"], []],
    failed: "SandboxControlError: The sandbox has no device none.",
    ledger: 0,
  });
});

test("each client is there with its peers", async () => {
  project.write("clients.ts", CLIENTS);
  expect(await project.run(process.execPath, "clients.ts")).toBe("11 4\n");
});

test("both schema files are in the package under their names", () => {
  const { resolve } = createRequire(join(project.folder, "package.json"));
  for (const name of ["schema.graphql", "subgraph.graphql"]) {
    const committed = readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
    expect(readFileSync(resolve(`portico-graphql/${name}`), "utf8")).toBe(committed);
  }
});

test("publint has nothing to say", async () => {
  const pkgDir = join(project.folder, "node_modules/portico-graphql");
  const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test("the types of each entry are right for a program in ES modules and for a bundler", async () => {
  const entrypoints = Object.entries(manifest.exports).flatMap(([name, target]) =>
    typeof target === "object" ? [name] : [],
  );
  const packed = createPackageFromTarballData(readFileSync(project.tarball));
  const analysis = await checkPackage(packed, { entrypoints });
  const problems = "problems" in analysis ? analysis.problems : [{ kind: "no types" }];
  // Node 10 knows no exports, and the package has no CommonJS.
  const isForOthers = (problem: object) =>
    "resolutionKind" in problem && ["node10", "node16-cjs"].includes(String(problem.resolutionKind));
  expect(problems.filter((problem) => !isForOthers(problem))).toEqual([]);
});

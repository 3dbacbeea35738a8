import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { launchChromium } from "../../scripts/chromium.ts";
import { buildScript, servePage } from "../kit/page.ts";
import { startPortico } from "../kit/portico/app.ts";
import { type InstalledPackage, installPackage } from "./install.ts";

let project: InstalledPackage;

beforeAll(async () => {
  project = await installPackage();
}, 300_000);

afterAll(() => project?.remove(), 120_000);

test("npm refuses the package in an application with another major version of graphql: there would be two", async () => {
  const application = join(project.folder, "application");
  mkdirSync(application);
  const dependencies = { graphql: "17.1.0" };
  writeFileSync(
    join(application, "package.json"),
    JSON.stringify({ name: "application", private: true, dependencies }),
  );
  const installing = project.run("npm", "install", "--dry-run", "--prefix", application, project.tarball);
  await expect(installing).rejects.toThrow("ERESOLVE");
});

test("an application that installs the package with all that is optional keeps its own Node", async () => {
  const application = join(project.folder, "installed");
  mkdirSync(application);
  writeFileSync(join(application, "package.json"), JSON.stringify({ name: "installed", private: true }));
  await project.run("npm", "install", "--no-audit", "--no-fund", "--prefix", application, project.tarball);
  const programs = readdirSync(join(application, "node_modules/.bin"));
  expect(programs).toContain("portico");
  expect(programs.filter((name) => name.startsWith("node"))).toEqual([]);
}, 120_000);

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

/** What `USE` prints. */
const USED = {
  result: { data: { devices: { totalCount: 10 } } },
  names: ["Named"],
  faults: 2,
  sandbox: true,
  now: Date.UTC(2026, 5, 21) + 60_000,
  employeeCode: "1042",
  rules: [["LockDoor"], []],
  failed: "SandboxControlError: The sandbox has no device none.",
  ledger: 0,
};

/** The other lines of Node that the package supports. */
const OTHERS = ["22", "24"];

test.each(["the Node of the tests", ...OTHERS])(
  "the entries start Portico, a sandbox that another process controls, and each client, on %s",
  async (version) => {
    const node = OTHERS.includes(version) ? await project.installNode(version) : process.execPath;
    project.write("use.ts", USE);
    project.write("clients.ts", CLIENTS);
    expect(JSON.parse(await project.run(node, "use.ts"))).toEqual(USED);
    expect(await project.run(node, "clients.ts")).toBe("11 4\n");
  },
  300_000,
);

/** An application of a frontend team: what it imports is the installed package. */
const APP = `
import { Client, fetchExchange } from "@urql/core";
import { createClient } from "portico-graphql/client";
import { porticoExchange, urqlSource } from "portico-graphql/client/urql";
import { useFollow } from "portico-graphql/react";
import schema from "portico-graphql/schema.graphql?raw";
import { createRoot } from "react-dom/client";

const url = new URLSearchParams(location.search).get("url") ?? "";
const client = new Client({ url, preferGetMethod: false, exchanges: [porticoExchange(createClient({ url })), fetchExchange] });
const source = urqlSource(client);
const PUNCH = "{ id user { id employeeCode } }";

const Punches = () => {
  const { rows, state } = useFollow(source, {
    snapshot: \`{ attendanceToday { cursor punches(first: 5) { nodes \${PUNCH} } } }\`,
    cursor: (data) => data.attendanceToday.cursor,
    rows: (data) => data.attendanceToday.punches.nodes,
    subscription: \`subscription ($after: EventCursor) { punchAdded(after: $after) { cursor gap replayed punch \${PUNCH} } }\`,
    row: (data) => data.punchAdded.punch,
    key: (punch) => punch.id,
  });
  return (
    <main>
      <output>{state.status}</output>
      <p>{schema.includes("type Query") ? "has schema" : "lacks schema"}</p>
      <ol>{rows.map(({ id, user }) => <li key={id}>{user.employeeCode}</li>)}</ol>
    </main>
  );
};
createRoot(document.getElementById("root")).render(<Punches />);
`;

test("an application that Vite builds with the package shows a punch in a real browser", async () => {
  project.write("app.tsx", APP);
  const origin = await servePage(await buildScript(project.folder, "app.tsx"));
  const portico = await startPortico({}, { ACCESS_ORIGINS: origin });
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`${origin}/?url=${encodeURIComponent(`${portico.url}/graphql`)}`);
  await page.locator("output", { hasText: "live" }).waitFor();
  await page.getByText("has schema").waitFor();
  portico.sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: "p-vite" });
  await page.locator("li:first-child", { hasText: "p-vite" }).waitFor();
}, 60_000);

test("both schema files are in the package under their names", () => {
  const { resolve } = createRequire(join(project.folder, "package.json"));
  for (const name of ["schema.graphql", "subgraph.graphql"]) {
    const committed = readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
    expect(readFileSync(resolve(`portico-graphql/${name}`), "utf8")).toBe(committed);
  }
});

test("every link in the pages of the package leads to a file in it", () => {
  const pkgDir = join(project.folder, "node_modules/portico-graphql");
  // It is about the sources, and leads to their tests.
  const pages = globSync("**/*.md", { cwd: pkgDir }).filter((page) => page !== "CONTRIBUTING.md");
  expect(pages).toEqual(expect.arrayContaining(["README.md", "CHANGELOG.md", join("docs", "operating.md")]));
  const targets = pages.flatMap((page) =>
    [...readFileSync(join(pkgDir, page), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = ""]) => ({
      page,
      target,
    })),
  );
  expect(targets.filter(({ page, target }) => !existsSync(join(pkgDir, dirname(page), target)))).toEqual([]);
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

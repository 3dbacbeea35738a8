import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";

/** What is imported of each entry of the package: values, which are tried at run time too, and types. */
const ENTRIES: Readonly<Record<string, { readonly values: readonly string[]; readonly types: readonly string[] }>> = {
  client: { values: ["createClient", "createFollow", "storageCursors"], types: ["ConnectionState", "PorticoClient"] },
  "client/urql": { values: ["porticoExchange", "urqlSource", "graphcacheKeys"], types: [] },
  "client/apollo": { values: ["porticoLink", "apolloSource", "possibleTypes", "typePolicies"], types: [] },
  "client/relay": { values: ["createRelayNetwork", "relaySource"], types: [] },
  "client/scalars": { values: ["scalars"], types: [] },
  react: { values: ["useFollow", "useCommand"], types: ["UsedCommand"] },
};

/** An ESM-only package has neither: `require` of Node 22 and newer loads it as it is, and older resolutions do not know `exports`. */
const NOT_FOR_ESM = ["NoResolution", "CJSResolvesToESM"];

interface Manifest {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/**
 * Imports every entry of the installed package at run time and with its types, and checks the package with publint and attw.
 *
 * @throws Error if an entry is missing, has no types, or is packed wrongly.
 */
export const tryEntries = async (root: string, folder: string, tarball: string): Promise<void> => {
  const { peerDependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  ) as Manifest;
  const extra = [...Object.keys(peerDependencies), "@types/react"];
  const packages = extra.map((name) => `${name}@${devDependencies[name] ?? "latest"}`);
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--omit=optional", ...packages], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const lines = Object.entries(ENTRIES).map(([entry, { values, types }]) => {
    const names = [...values, ...types.map((name) => `type ${name}`)].join(", ");
    return `import { ${names} } from "portico-graphql/${entry}";\nvoid [${values.join(", ")}];`;
  });
  writeFileSync(join(folder, "entries.ts"), `${lines.join("\n")}\n`);
  execFileSync(process.execPath, ["entries.ts"], { cwd: folder, stdio: "inherit" });
  for (const [module, moduleResolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const) {
    const options = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2024", "--lib", "es2024,dom"];
    const args = [...options, "--module", module, "--moduleResolution", moduleResolution, "entries.ts"];
    execFileSync(join(root, "node_modules/.bin/tsc"), args, { cwd: folder, stdio: "inherit" });
  }
  const { messages } = await publint({ pkgDir: root, strict: true });
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  const problems = "problems" in analysis ? analysis.problems : [{ kind: "no types at all" }];
  const found = [...messages.map(({ code }) => code), ...problems.map(({ kind }) => kind)];
  const bad = found.filter((code) => !NOT_FOR_ESM.includes(code));
  if (bad.length > 0) throw new Error(`publint and attw must find nothing; they found ${bad.join(", ")}.`);
  process.stdout.write(
    `packed entries: ${Object.keys(ENTRIES).length} imported with their types; publint and attw clean.\n`,
  );
};

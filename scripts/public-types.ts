import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };

/**
 * Keeps the declarations that the entries of the package need, and removes those of everything else. What remains names its neighbors
 * as a consumer finds them: `.js`, not `.ts`.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const RELATIVE = /((?:from|import)\s*\(?\s*")(\.{1,2}\/[^"]+)\.tsx?(")/g;

const entries = Object.values(manifest.exports).flatMap((target) =>
  typeof target === "object" ? [resolve(root, target.types)] : [],
);
const kept = new Set<string>();

const keep = (path: string): void => {
  if (kept.has(path)) return;
  kept.add(path);
  const text = readFileSync(path, "utf8");
  for (const [, , target = ""] of text.matchAll(RELATIVE)) keep(resolve(path, "..", `${target}.d.ts`));
  writeFileSync(path, text.replace(RELATIVE, "$1$2.js$3"));
};

for (const entry of entries) keep(entry);
for (const path of globSync("dist/**/*.d.ts", { cwd: root })) {
  if (!kept.has(resolve(root, path))) rmSync(resolve(root, path));
}

// Plain JavaScript that runs on any Node.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Returns the path of the Node that is installed as an optional package; undefined if there is none for this machine. */
export const bundledNode = () => {
  const { platform, arch } = process;
  const require = createRequire(import.meta.url);
  for (const name of [`node-${platform === "win32" ? "win" : platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    try {
      const path = require.resolve(`${name}/package.json`);
      const { bin } = JSON.parse(readFileSync(path, "utf8"));
      return join(dirname(path), typeof bin === "string" ? bin : bin.node);
    } catch {
      // The package of another platform, or none at all.
    }
  }
  return undefined;
};

import { readFileSync } from "node:fs";

/** Returns the version of the program. */
export const programVersion = (): string => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
};

import { createHash } from "node:crypto";

/** A Lua script and the SHA-1 by which Redis knows it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** Prepares a script to run. */
export const createScript = (lua: string): Script => ({ lua, sha: createHash("sha1").update(lua).digest("hex") });

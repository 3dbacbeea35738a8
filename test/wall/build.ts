import { spawnSync } from "node:child_process";
import { ROOT } from "../kit/program.ts";

/** Builds the wall as an installation does. */
export const setup = (): void => {
  const { NODE_ENV: _, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, ["scripts/prepare.js"], { cwd: ROOT, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`The wall cannot be built: ${stderr}`);
};

import { ConfigError, type Config } from "../config/config.ts";
import { completeEnvironment, loadConfig } from "../config/secret-files.ts";
import { fileFaults } from "./check-files.ts";
import { connectionReports } from "./check-connections.ts";
import { type Invocation, print } from "./command.ts";

/** Reports every fault of the configuration, of its files and, with `--connect`, of its connections; resolves with 1 if there is one. */
export const check = async ({ flags }: Invocation): Promise<number> => {
  const { config, faults } = parsed();
  faults.push(...(await fileFaults(completeEnvironment(process.env).env, config)));
  if (faults.length > 0) {
    process.stderr.write(`${new ConfigError(faults).message}\n`);
    return 1;
  }
  print("The configuration and its files are valid.");
  for (const warning of config?.warnings ?? []) print(`note: ${warning}`);
  if (flags["connect"] !== true || config === null) return 0;
  const reports = await connectionReports(config);
  for (const { name, fault, ms } of reports)
    print(fault === null ? `ok: ${name}, ${ms} ms` : `FAILED: ${name}: ${fault}`);
  return reports.every(({ fault }) => fault === null) ? 0 : 1;
};

const parsed = (): { readonly config: Config | null; readonly faults: string[] } => {
  try {
    return { config: loadConfig(process.env), faults: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: null, faults: [...error.faults] };
  }
};

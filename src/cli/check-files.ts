import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { parseAccounts, readAccounts } from "../config/accounts.ts";
import { ConfigError, type Config } from "../config/config.ts";
import { DEFAULT_LIMITS } from "../config/limits.ts";
import type { Environment } from "../config/environment.ts";
import type { PublicVariableName } from "../config/variables.ts";
import { openTokenFile } from "../gateway/token-file.ts";
import { buildSchema } from "../schema/index.ts";
import { createAdmission } from "../server/admission/admission.ts";
import { LIMITS } from "../server/admission/limits.ts";
import { checkManifest, readManifest } from "../server/admission/persisted-file.ts";
import { createTools } from "../server/mcp/tools.ts";
import { openAccessFile } from "../server/identity/access-file.ts";
import { parseApiKeys } from "../server/identity/api-keys.ts";
import { openTokenKeys } from "../server/identity/token-keys.ts";

/** Rejects if the server would not start with this file. */
type CheckFile = (path: string, config: Config | null) => Promise<unknown>;

const ignore = () => {};

const checkTokenFile = (path: string) => openTokenFile({ path, devices: new Map(), onToken: ignore, onFault: ignore });

const checkAccounts = async (path: string): Promise<void> => {
  const accounts = parseAccounts(await readFile(path, "utf8"));
  const files = accounts.flatMap(({ authTokenFile }) => authTokenFile ?? []);
  const faults = await Promise.all(files.map((file) => faultsOf(file.variable, () => checkTokenFile(file.path))));
  if (faults.flat().length > 0) throw new ConfigError(faults.flat());
};

/** The names of the accounts; null if they cannot be read, which is a fault of its own. */
const accountNames = (config: Config): Promise<readonly string[] | null> =>
  readAccounts(config, null).then(
    (accounts) => accounts.map(({ name }) => name),
    () => null,
  );

/** A key of an account that is not configured is a key that nobody can use. */
const checkApiKeys: CheckFile = async (path, config) => {
  const file = await openAccessFile({ variable: "ACCESS_API_KEYS_FILE", path, parse: parseApiKeys, onFault: ignore });
  const names = config === null ? null : await accountNames(config);
  const faults = [...file.value().values()].flatMap(({ identity: { viewer } }, index) =>
    names === null || names.includes(viewer.account)
      ? []
      : [
          `ACCESS_API_KEYS_FILE: key ${index + 1}, account: it must be a configured account; received "${viewer.account}".`,
        ],
  );
  if (faults.length > 0) throw new ConfigError(faults);
};

const checkDocuments: CheckFile = async (path, config) => {
  const documents = await readManifest(path);
  const schema = buildSchema(config?.subgraph);
  const limits = { ...LIMITS, ...(config?.limits ?? DEFAULT_LIMITS) };
  const admission = createAdmission({
    schema,
    limits,
    suggestions: true,
    introspection: "on",
    persisted: { documents, only: false },
  });
  checkManifest(documents, admission);
  if (config?.mcp === true) createTools(schema, documents, limits);
};

/** The file is created if it does not exist, which takes a folder that can be written. */
const checkAuditFile = async (path: string): Promise<void> => {
  const file = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return null;
  });
  if (file?.isDirectory() === true) throw new Error("the path must name a file; it names a folder.");
  await access(file === null ? dirname(path) : path, constants.W_OK);
};

/** Every variable that names a file which must be valid when the server starts. */
const FILES: { readonly [Name in PublicVariableName]?: CheckFile } = {
  GATEWAY_AUTH_TOKEN_FILE: checkTokenFile,
  GATEWAY_ACCOUNTS_FILE: checkAccounts,
  ACCESS_API_KEYS_FILE: checkApiKeys,
  ACCESS_JWT_KEY_FILE: (path) => openTokenKeys({ keys: { kind: "file", path }, onFault: ignore }),
  PERSISTED_OPERATIONS_FILE: checkDocuments,
  AUDIT_FILE: checkAuditFile,
};

/** Returns one sentence for each fault of the files that an environment names. `config` is null if the environment is not valid. */
export const fileFaults = async (env: Environment, config: Config | null): Promise<readonly string[]> => {
  const faults: string[] = [];
  for (const [variable, checkFile] of Object.entries(FILES)) {
    const path = env[variable];
    if (path) faults.push(...(await faultsOf(variable, () => checkFile(path, config))));
  }
  return faults;
};

const faultsOf = async (variable: string, work: () => Promise<unknown>): Promise<readonly string[]> => {
  try {
    await work();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    return [`${variable}: ${(error as Error).message.replace(/\.$/, "")}.`];
  }
};

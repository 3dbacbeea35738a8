import type { Accounts } from "./accounts.ts";
import type { Config } from "../config/config.ts";
import { isLoopbackHost } from "../config/values.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { Logger } from "../runtime/logger.ts";
import { createOriginPolicy, withOrigins } from "../server/http/origin.ts";
import { startHttpServer } from "../server/http/server.ts";
import { type AdminOptions, createAdminHandler } from "../server/routes/admin.ts";

const ADMIN_ADDRESS = { host: "ADMIN_HOST", port: "ADMIN_PORT" } as const;

/** Starts the server for operators on its own port. */
export const openAdmin = async (
  { host, port }: NonNullable<Config["admin"]>,
  { accounts, ...parts }: Pick<AdminOptions, "metrics" | "readiness"> & { readonly accounts: Accounts },
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<string> => {
  const origins = createOriginPolicy({ listed: [], publicUrl: null, localOnly: isLoopbackHost(host) });
  const handle = withOrigins(origins, createAdminHandler({ ...parts, quarantines: accounts }));
  const server = await startHttpServer({ host, port, handle, logger, variables: ADMIN_ADDRESS });
  lifecycle.add("admin server", server.stop);
  logger.info({ url: server.url }, "admin server listening");
  return server.url;
};

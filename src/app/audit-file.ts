import { type Config, ConfigError } from "../config/config.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import { type LineWriter, openLineFile } from "../runtime/line-writer.ts";
import type { Logger } from "../runtime/logger.ts";

/** Opens the audit trail's own file, which is independent of LOG_LEVEL; null if the trail goes to the log. */
export const openAuditFile = ({ auditFile }: Config, logger: Logger, lifecycle: Lifecycle): LineWriter | null => {
  if (auditFile === null) return null;
  try {
    const file = openLineFile(auditFile, {
      onFault: (err) => logger.error({ err }, "audit trail cannot be written"),
      onRecovery: (lost) => logger.error({ lost }, "audit trail is written again"),
    });
    lifecycle.add("audit trail", file.close);
    return file;
  } catch (error) {
    throw new ConfigError([`AUDIT_FILE: ${(error as Error).message}.`]);
  }
};

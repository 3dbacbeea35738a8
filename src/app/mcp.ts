import type { Logger } from "../runtime/logger.ts";
import { programVersion } from "../runtime/program-version.ts";
import type { Entrance } from "../server/admission/entrance.ts";
import type { ParseLimits } from "../server/admission/parse.ts";
import type { Executor } from "../server/execution/executor.ts";
import type { Handle } from "../server/http/context.ts";
import type { Authenticate } from "../server/identity/authenticate.ts";
import type { ToolCallerOptions } from "../server/mcp/call-tool.ts";

/** Settings of the Model Context Protocol that tests change. */
export type McpTuning = Pick<ToolCallerOptions, "retryWindowMs">;

interface McpParts extends Pick<ToolCallerOptions, "idempotencyOf">, Partial<McpTuning> {
  readonly executor: Executor;
  readonly authenticate: Authenticate;
  readonly entrance: Entrance;
  /** The stored documents, which are valid. */
  readonly documents: ReadonlyMap<string, string>;
  readonly limits: ParseLimits;
  readonly logger: Logger;
}

/** Longer than clients wait for an answer, 60 seconds, and than a model then needs to call again. */
const RETRY_WINDOW_MS = 120_000;

/**
 * Opens the Model Context Protocol. Its packages take 30 milliseconds and 3 MB to load, and most programs do without them: they are loaded
 * here only.
 *
 * @throws ConfigError if the stored documents make no tools.
 */
export const openMcp = async ({ documents, limits, logger, ...parts }: McpParts): Promise<Handle> => {
  const [{ createTools }, { createMcpEndpoint }] = await Promise.all([
    import("../server/mcp/tools.ts"),
    import("../server/mcp/endpoint.ts"),
  ]);
  const { tools, others } = createTools(parts.executor.schema, documents, limits);
  if (others.length > 0) logger.warn({ documents: others }, "stored documents that are no tools");
  return createMcpEndpoint({ retryWindowMs: RETRY_WINDOW_MS, ...parts, tools, version: programVersion() });
};

import type { LinkSigner } from "../runtime/signed-link.ts";
import { createContext } from "../schema/kernel/request-context.ts";
import { hasScope } from "../schema/kernel/viewer.ts";
import type { AuditTrail } from "../server/execution/audit-trail.ts";
import type { ExecutorOptions } from "../server/execution/executor.ts";
import { EXPORT_PATH, PHOTO_PATH } from "../server/http/paths.ts";
import type { Account } from "./account.ts";

interface ContextParts {
  readonly links: LinkSigner;
  readonly trail: AuditTrail;
  /** Whether the gateway is the embedded one. */
  readonly sandbox: boolean;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** Returns how the context of an operation is made: with what the account of its caller has. */
export const createContexts =
  (
    { links, trail, sandbox, stopping }: ContextParts,
    accountOf: (name: string) => Account,
  ): ExecutorOptions["createContext"] =>
  (caller, signalOf = () => caller.signal) => {
    const { uncached, identity } = caller;
    const { viewer } = identity;
    const { name, gateway, deviceCache, reads, cache, events, idempotency, tracker } = accountOf(viewer.account);
    return createContext({
      gateway,
      deviceCache,
      reads,
      cache,
      uncached: uncached && hasScope(viewer, "devices:manage"),
      sandbox,
      links: {
        photo: (claims) => links.sign(PHOTO_PATH, { ...claims, account: name }),
        attendanceExport: (input) => links.sign(EXPORT_PATH, { ...input, account: name }),
      },
      events,
      idempotency,
      tracker,
      audit: (entry) => trail.record(caller, entry),
      viewer,
      signalOf,
      stopping,
      span: caller.span,
    });
  };

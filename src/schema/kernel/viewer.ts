import type { Viewer } from "./context.ts";
import { SCOPES } from "./scopes.ts";

/** Every caller, where callers are not told apart. */
export const ANONYMOUS: Viewer = { name: "anyone", account: "default", scopes: SCOPES };

/** Tells callers apart whose wishes are not each other's; null where callers are not told apart. */
export const callerKey = (viewer: Viewer): string | null =>
  viewer === ANONYMOUS ? null : JSON.stringify([viewer.account, viewer.name]);

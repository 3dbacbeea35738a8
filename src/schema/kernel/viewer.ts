import { GraphQLError } from "graphql";

/** The kind of credential that a caller is known by; `none` if the server does not identify callers. */
type CallerCredential = "none" | "apiKey" | "token";

/** The caller, as far as resolvers are concerned. */
export interface Viewer {
  readonly credential: CallerCredential;
  /** The issuer of the caller's token; null for other credentials. */
  readonly issuer: string | null;
  /** Unique among the callers of an account with the same kind of credential and the same issuer. */
  readonly name: string;
  /** The account whose data the caller sees. */
  readonly account: string;
  /** In the order of SCOPES, without duplicates. */
  readonly scopes: readonly Scope[];
}

/** The scopes that a caller may have. */
export const SCOPES = [
  "devices:read",
  "devices:manage",
  "users:read",
  "users:write",
  "credentials:write",
  "attendance:read",
  "photos:read",
  "doors:read",
  "doors:control",
  "callbacks:manage",
] as const;

export type Scope = (typeof SCOPES)[number];

/** Every caller of a server that does not identify callers. */
export const ANONYMOUS: Viewer = {
  credential: "none",
  issuer: null,
  name: "anyone",
  account: "default",
  scopes: SCOPES,
};

/**
 * Identifies the owner of an idempotency key or a quota: an API key and a token are two callers, even if they have the same name.
 * Returns null if the server does not identify callers.
 */
export const callerKey = ({ credential, issuer, account, name }: Viewer): string | null =>
  credential === "none" ? null : JSON.stringify([credential, issuer, account, name]);

/** The key under which a caller's idempotency key is stored. */
export const idempotencyRecordKey = (viewer: Viewer, idempotencyKey: string): string =>
  `${callerKey(viewer) ?? ""} ${idempotencyKey}`;

/** Equal for viewers who get the same answer to the same query, their names apart. */
export const rightsOf = ({ account, scopes }: Viewer): string => JSON.stringify([account, scopes]);

/** Whether the viewer has a scope. */
export const hasScope = ({ scopes }: Viewer, scope: Scope): boolean => scopes.includes(scope);

/**
 * Checks that the viewer has all of the scopes.
 * @throws a GraphQLError with the code FORBIDDEN that names the missing scopes.
 */
export const requireScopes = (viewer: Viewer, scopes: readonly Scope[]): void => {
  if (scopes.every((scope) => viewer.scopes.includes(scope))) return;
  const missing = scopes.filter((scope) => !hasScope(viewer, scope));
  throw new GraphQLError(`Missing ${missing.length === 1 ? "scope" : "scopes"}: ${missing.join(", ")}.`, {
    extensions: { code: "FORBIDDEN", scopes: missing },
  });
};

/** The scopes that a type or a field of the schema requires. */
export const scopesOf = ({ extensions }: { readonly extensions: object }): readonly Scope[] =>
  (extensions as { readonly scopes?: readonly Scope[] }).scopes ?? [];

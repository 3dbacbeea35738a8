import { GraphQLError } from "graphql";
import type { Viewer } from "./context.ts";

/** What a caller may be allowed to do. */
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

export const hasScope = ({ scopes }: Viewer, scope: Scope): boolean => scopes.includes(scope);

/** Throws FORBIDDEN, naming the scopes that the viewer lacks. */
export const requireScopes = (viewer: Viewer, scopes: readonly Scope[]): void => {
  const lacking = scopes.filter((scope) => !hasScope(viewer, scope));
  if (lacking.length === 0) return;
  throw new GraphQLError(`This needs ${lacking.join(" and ")}.`, {
    extensions: { code: "FORBIDDEN", scopes: lacking },
  });
};

/** The scopes that a type, or a field of the schema, asks for. */
export const scopesOf = ({ extensions }: { readonly extensions: object }): readonly Scope[] =>
  (extensions as { readonly scopes?: readonly Scope[] }).scopes ?? [];

import { type Change, CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildASTSchema, type GraphQLSchema, parse } from "graphql";

export interface BreakingChange {
  /** The changed element, such as `User.name`. */
  readonly path: string;
  readonly message: string;
}

const schemaOf = (sdl: string): GraphQLSchema => buildASTSchema(parse(sdl), { assumeValidSDL: true });

/** Directives that supergraphs rely on in addition to types. */
const FEDERATION_DIRECTIVE = /\.@(key|shareable)\b/;

/** Whether clients that omit the value must provide it now, or get a different result. */
const losesDefault = ({ type, meta }: Change): boolean =>
  /DEFAULT(_VALUE)?_CHANGED$/.test(type) && (meta as { readonly newDefaultValue?: unknown }).newDefaultValue == null;

const isBreaking = (change: Change): boolean =>
  change.criticality.level === CriticalityLevel.Breaking ||
  losesDefault(change) ||
  (FEDERATION_DIRECTIVE.test(change.path ?? "") && change.type.endsWith("_REMOVED"));

/** Returns the changes from one schema to another that break clients or supergraphs. */
export const breakingChanges = async (released: string, current: string): Promise<readonly BreakingChange[]> => {
  const changes = await diff(schemaOf(released), schemaOf(current));
  return changes.filter(isBreaking).map(({ path = "", message }) => ({ path, message }));
};

/** The changelog's section "Breaking" under "Unreleased". */
const breakingEntries = (changelog: string): string => {
  const unreleased = changelog.split("\n## Unreleased\n")[1]?.split("\n## ")[0] ?? "";
  return unreleased.split("\n### Breaking\n")[1]?.split("\n### ")[0] ?? "";
};

/** Returns the changes that the changelog does not name. */
export const unannounced = (changes: readonly BreakingChange[], changelog: string): readonly BreakingChange[] => {
  const entries = breakingEntries(changelog);
  return changes.filter(({ path }) => !entries.includes(`\`${path}\``));
};

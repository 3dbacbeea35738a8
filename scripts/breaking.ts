import { type Change, CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildASTSchema, type GraphQLSchema, parse } from "graphql";

export interface BreakingChange {
  /** What it is about, such as `User.name`. */
  readonly path: string;
  readonly message: string;
}

const schemaOf = (sdl: string): GraphQLSchema => buildASTSchema(parse(sdl), { assumeValidSDL: true });

/** What supergraphs rely on besides types. */
const RELIED_ON = /\.@(key|shareable)\b/;

/** Who leaves the value out has to give it now, or gets something else. */
const losesDefault = ({ type, meta }: Change): boolean =>
  /DEFAULT(_VALUE)?_CHANGED$/.test(type) && (meta as { readonly newDefaultValue?: unknown }).newDefaultValue == null;

const isBreaking = (change: Change): boolean =>
  change.criticality.level === CriticalityLevel.Breaking ||
  losesDefault(change) ||
  (RELIED_ON.test(change.path ?? "") && change.type.endsWith("_REMOVED"));

/** What clients and supergraphs of one schema would miss in another one. */
export const breakingChanges = async (released: string, current: string): Promise<readonly BreakingChange[]> => {
  const changes = await diff(schemaOf(released), schemaOf(current));
  return changes.filter(isBreaking).map(({ path = "", message }) => ({ path, message }));
};

/** What the changelog says under "Breaking" of what is not yet released. */
const breakingEntries = (changelog: string): string => {
  const unreleased = changelog.split("\n## Unreleased\n")[1]?.split("\n## ")[0] ?? "";
  return unreleased.split("\n### Breaking\n")[1]?.split("\n### ")[0] ?? "";
};

/** Those that no entry of the changelog names. */
export const unannounced = (changes: readonly BreakingChange[], changelog: string): readonly BreakingChange[] => {
  const entries = breakingEntries(changelog);
  return changes.filter(({ path }) => !entries.includes(`\`${path}\``));
};

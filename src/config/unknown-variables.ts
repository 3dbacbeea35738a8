import type { Environment } from "./environment.ts";
import { VARIABLES } from "./variables.ts";

const PREFIXES =
  /^(ACCESS|ADMIN|AUDIT|GATEWAY|SANDBOX|LINK|CALLBACK|REDIS|SUBGRAPH|LIMIT|PERSISTED|SETTINGS|SHUTDOWN)_/;
/** Kubernetes sets these for a service called `gateway`; a pod that has one must start all the same. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_\d+_(TCP|UDP)(_.+)?)$/;
/** Names that differ in more edits are different words, not typing errors. */
const MAX_EDITS = 3;

/** A variable that has one of the prefixes but is not in the table: most likely a typing error. */
interface UnknownVariable {
  readonly name: string;
  /** The nearest name of the table; null if no name is near. */
  readonly suggestion: string | null;
}

/** Finds the unknown variables of an environment. */
export const unknownVariables = (env: Environment): readonly UnknownVariable[] => {
  const known = new Set<string>(VARIABLES.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])));
  return Object.keys(env)
    .filter((name) => PREFIXES.test(name) && !known.has(name) && !SERVICE_LINK.test(name))
    .map((name) => ({ name, suggestion: nearest(name, [...known]) }));
};

const nearest = (name: string, candidates: readonly string[]): string | null => {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
    .filter(({ edits }) => edits <= MAX_EDITS)
    .toSorted((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate ?? null;
};

/** The Levenshtein distance: how many characters have to be inserted, removed or replaced. */
const editDistance = (from: string, to: string): number => {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, left] of Array.from(from).entries()) {
    const current = [row + 1];
    for (const [column, right] of Array.from(to).entries()) {
      const replaced = (previous[column] ?? 0) + (left === right ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
};

import { getArgumentValues } from "graphql";
import type { FieldPlan } from "./plan.ts";
import { type InfoFacts, ResolveInfo } from "./resolve-info.ts";

/** The arguments of a field. */
export type Args = Readonly<Record<string, unknown>>;

/** What is the same for all calls of a field in one execution. */
export class PreparedFields {
  readonly #facts: InfoFacts;
  readonly #args = new Map<FieldPlan, Args>();
  readonly #infos = new Map<FieldPlan, ResolveInfo>();

  constructor(facts: InfoFacts) {
    this.#facts = facts;
  }

  /** @throws GraphQLError if a variable is null where the argument must not be. */
  argumentsOf(field: FieldPlan): Args {
    const known = this.#args.get(field);
    if (known !== undefined) return known;
    const args = getArgumentValues(field.definition, field.nodes[0], this.#facts.variables);
    this.#args.set(field, args);
    return args;
  }

  infoOf(field: FieldPlan): ResolveInfo {
    const known = this.#infos.get(field);
    if (known !== undefined) return known;
    const info = new ResolveInfo(this.#facts, field);
    this.#infos.set(field, info);
    return info;
  }
}

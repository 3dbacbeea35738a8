import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type PothosOutputFieldConfig,
  type PothosOutputFieldType,
  type PothosTypeConfig,
  type SchemaTypes,
  type TypeParam,
} from "@pothos/core";
import type { GraphQLFieldResolver } from "graphql";
import type { Context } from "./context.ts";
import type { EventName } from "../../contract/vocabulary.ts";
import type { OperationName } from "../../contract/operations.ts";
import { requireScopes, type Scope } from "./scopes.ts";

/** The gateway's own name of an operation or event. */
export type UpstreamName = OperationName | (typeof EventName.values)[number];

export interface ListSize {
  readonly assumedSize?: number;
  readonly slicingArguments?: readonly string[];
  readonly sizedFields?: readonly string[];
  readonly requireOneSlicingArgument?: boolean;
}

/** Rights to a field, or to whatever field returns a type. All of the scopes are needed. */
interface ScopeRequirements {
  /** Checked here, and printed for routers. */
  readonly requiresScopes?: readonly Scope[];
  /** Checked here alone: composition would spread it, through an interface, over every subgraph. */
  readonly guardedBy?: Scope;
}

/** The operations and events of the gateway that something is made of; they make the table of operations, and are not printed. */
interface UpstreamMetadata {
  /** Operations and events that are reached here; each of them in one place only. */
  readonly upstream?: readonly UpstreamName[];
  /** Operations and events that are used here too. */
  readonly alsoUpstream?: readonly UpstreamName[];
}

interface FieldMetadata extends ScopeRequirements, UpstreamMetadata {
  /** Any caller who is known may read it; callers who are not reach no field at all. */
  readonly authenticated?: true;
  /** What reading it costs, in about calls to the gateway times five; left out: 1, or 0 for what has no fields of its own. */
  readonly cost?: number;
  readonly listSize?: ListSize;
  /** Null only together with an error. */
  readonly semanticNonNull?: true;
  readonly tag?: string;
}

interface TypeMetadata extends ScopeRequirements, UpstreamMetadata {
  /** Fields that a router names one of its objects by. */
  readonly key?: string;
  readonly shareable?: true;
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      directives: DirectivesPlugin<Types>;
    }
    export interface FieldOptions<
      // oxlint-disable-next-line no-unused-vars -- the names of what is merged with have to be the same
      Types extends SchemaTypes,
      ParentShape,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > extends FieldMetadata {}
    export interface ObjectTypeOptions<Types extends SchemaTypes, Shape> extends TypeMetadata {}
  }
}

/** The directives of a type or field as they stand in the subgraph's SDL: the arguments of each, by name. */
export type Directives = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** How a type or field is printed and counted. */
export const directivesOf = ({ extensions }: { readonly extensions: object }): Directives =>
  (extensions as { readonly directives?: Directives }).directives ?? {};

/** The operations and events of the gateway behind a type or field. */
export const upstreamOf = ({ extensions }: { readonly extensions: object }): Required<UpstreamMetadata> =>
  (extensions as { readonly upstream?: Required<UpstreamMetadata> }).upstream ?? { upstream: [], alsoUpstream: [] };

const upstreamMetadata = ({ upstream = [], alsoUpstream = [] }: UpstreamMetadata): Required<UpstreamMetadata> => ({
  upstream,
  alsoUpstream,
});

const rightsOf = ({ requiresScopes = [], guardedBy }: ScopeRequirements): readonly Scope[] =>
  guardedBy === undefined ? requiresScopes : [...requiresScopes, guardedBy];

/** The directives that are given, with their arguments. */
const directives = (given: Readonly<Record<string, unknown>>): Directives =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([, args]) => args !== undefined)
      .map(([name, args]) => [name, [args === true ? {} : (args as Readonly<Record<string, unknown>>)]]),
  );

const fieldDirectives = ({ authenticated, cost, listSize, requiresScopes, semanticNonNull, tag }: FieldMetadata) =>
  directives({
    authenticated,
    cost: cost === undefined ? undefined : { weight: cost },
    listSize,
    requiresScopes: requiresScopes && { scopes: [requiresScopes] },
    semanticNonNull,
    tag: tag && { name: tag },
  });

const typeDirectives = ({ key, requiresScopes, shareable }: TypeMetadata) =>
  directives({
    key: key && { fields: key },
    requiresScopes: requiresScopes && { scopes: [requiresScopes] },
    shareable,
  });

/**
 * What a field costs, how long its list is and who may read it, said once beside the field: printed for routers, counted
 * before execution, and checked here whenever the field is resolved, whichever way led to it.
 */
class DirectivesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    const metadata = config.pothosOptions as TypeMetadata;
    const extensions = {
      directives: typeDirectives(metadata),
      scopes: rightsOf(metadata),
      upstream: upstreamMetadata(metadata),
    };
    return config.kind === "Object" ? { ...config, extensions: { ...config.extensions, ...extensions } } : config;
  }

  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const metadata = config.pothosOptions as FieldMetadata;
    const extensions = {
      directives: fieldDirectives(metadata),
      scopes: this.#scopesOf(config),
      upstream: upstreamMetadata(metadata),
    };
    return { ...config, extensions: { ...config.extensions, ...extensions } };
  }

  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types["Context"], object>,
    config: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types["Context"], object> {
    const scopes = this.#scopesOf(config);
    if (scopes.length === 0) return resolve;
    return (source, args, context, info) => {
      requireScopes((context as Context).viewer, scopes);
      return resolve(source, args, context, info);
    };
  }

  /** Of the field, and of the type it returns. */
  #scopesOf({ type, pothosOptions }: PothosOutputFieldConfig<Types>): readonly Scope[] {
    const returned = this.builder.configStore.getTypeConfig(named(type).ref).pothosOptions as TypeMetadata;
    return [...new Set([...rightsOf(pothosOptions as FieldMetadata), ...rightsOf(returned)])];
  }
}

const named = <Types extends SchemaTypes>(
  type: PothosOutputFieldType<Types>,
): PothosOutputFieldType<Types> & { ref: never } =>
  (type.kind === "List" ? named(type.type) : type) as PothosOutputFieldType<Types> & { ref: never };

SchemaBuilder.registerPlugin("directives", DirectivesPlugin);

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
import type { EventName } from "../../contract/events.ts";
import type { OperationName } from "../../contract/operations.ts";
import { requireScopes, type Scope } from "./viewer.ts";

/** The gateway's own name of an operation or event. */
export type UpstreamName = OperationName | EventName;

/** The arguments of `@listSize`. */
export interface ListSize {
  readonly assumedSize?: number;
  readonly slicingArguments?: readonly string[];
  readonly sizedFields?: readonly string[];
  readonly requireOneSlicingArgument?: boolean;
}

/** The scopes that a field requires, or that every field which returns a type requires. The viewer needs all of them. */
interface ScopeRequirements {
  /** Scopes that this server checks and that the subgraph schema prints for routers. */
  readonly requiresScopes?: readonly Scope[];
  /** A scope that only this server checks: composition would spread it, through an interface, to every subgraph. */
  readonly guardedBy?: Scope;
}

/** The operations and events of the gateway that a type or field uses, for the table of operations. The schema omits them. */
interface UpstreamMetadata {
  /** Operations and events whose home is here. Each has exactly one home. */
  readonly upstream?: readonly UpstreamName[];
  /** Operations and events that are used here and have their home elsewhere. */
  readonly alsoUpstream?: readonly UpstreamName[];
}

interface FieldMetadata extends ScopeRequirements, UpstreamMetadata {
  /** Requires an authenticated caller. Unauthenticated callers reach no field at all. */
  readonly authenticated?: true;
  /**
   * The cost of the field: about five for each call to the gateway.
   * @default 1 for a field of an object type, 0 for a leaf.
   */
  readonly cost?: number;
  readonly listSize?: ListSize;
  /** The field is null only together with an error. */
  readonly semanticNonNull?: true;
  readonly tag?: string;
}

interface TypeMetadata extends ScopeRequirements, UpstreamMetadata {
  /** The fields by which a router identifies an object of the type. */
  readonly key?: string;
  readonly shareable?: true;
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      directives: DirectivesPlugin<Types>;
    }
    export interface FieldOptions<
      // oxlint-disable-next-line no-unused-vars -- type parameters of merged declarations must have the same names
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

/** The directives of a type or field in the subgraph's SDL: by name, the arguments of each use. */
export type Directives = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** Returns the directives of a type or field. */
export const directivesOf = ({ extensions }: { readonly extensions: object }): Directives =>
  (extensions as { readonly directives?: Directives }).directives ?? {};

/** Returns the operations and events of the gateway that a type or field uses. */
export const upstreamOf = ({ extensions }: { readonly extensions: object }): Required<UpstreamMetadata> =>
  (extensions as { readonly upstream?: Required<UpstreamMetadata> }).upstream ?? { upstream: [], alsoUpstream: [] };

const upstreamMetadata = ({ upstream = [], alsoUpstream = [] }: UpstreamMetadata): Required<UpstreamMetadata> => ({
  upstream,
  alsoUpstream,
});

const requiredScopesOf = ({ requiresScopes = [], guardedBy }: ScopeRequirements): readonly Scope[] =>
  guardedBy === undefined ? requiresScopes : [...requiresScopes, guardedBy];

/** Drops the directives without a value, and wraps the arguments of the others in a list. */
const toDirectives = (values: Readonly<Record<string, unknown>>): Directives =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, args]) => args !== undefined)
      .map(([name, args]) => [name, [args === true ? {} : (args as Readonly<Record<string, unknown>>)]]),
  );

const fieldDirectives = ({ authenticated, cost, listSize, requiresScopes, semanticNonNull, tag }: FieldMetadata) =>
  toDirectives({
    authenticated,
    cost: cost === undefined ? undefined : { weight: cost },
    listSize,
    requiresScopes: requiresScopes && { scopes: [requiresScopes] },
    semanticNonNull,
    tag: tag && { name: tag },
  });

const typeDirectives = ({ key, requiresScopes, shareable }: TypeMetadata) =>
  toDirectives({
    key: key && { fields: key },
    requiresScopes: requiresScopes && { scopes: [requiresScopes] },
    shareable,
  });

/**
 * Turns the options of a field (cost, list size, scopes) into directives and checks. The schema prints the directives for
 * routers, admission sums the cost before execution, and this plugin checks the scopes each time the field is resolved,
 * whichever path leads to it.
 */
class DirectivesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    const metadata = config.pothosOptions as TypeMetadata;
    const extensions = {
      directives: typeDirectives(metadata),
      scopes: requiredScopesOf(metadata),
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

  /** Returns the scopes of the field and of the type it returns. */
  #scopesOf({ type, pothosOptions }: PothosOutputFieldConfig<Types>): readonly Scope[] {
    const returned = this.builder.configStore.getTypeConfig(namedType(type).ref).pothosOptions as TypeMetadata;
    return [...new Set([...requiredScopesOf(pothosOptions as FieldMetadata), ...requiredScopesOf(returned)])];
  }
}

const namedType = <Types extends SchemaTypes>(
  type: PothosOutputFieldType<Types>,
): PothosOutputFieldType<Types> & { ref: never } =>
  (type.kind === "List" ? namedType(type.type) : type) as PothosOutputFieldType<Types> & { ref: never };

SchemaBuilder.registerPlugin("directives", DirectivesPlugin);

import { MapperKind, mapSchema } from "@graphql-tools/utils";
import {
  defaultTypeResolver,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  GraphQLUnionType,
  isSpecifiedScalarType,
} from "graphql";

const prefixOf = ({ extensions }: GraphQLSchema): string => (extensions["typePrefix"] as string | undefined) ?? "";

/** Returns the served name of a type: its own name with the prefix. */
export const servedName = (name: string, { schema }: Pick<GraphQLResolveInfo, "schema">): string =>
  `${prefixOf(schema)}${name}`;

/** Returns the own name of a served type, or null if the served name lacks the prefix. */
export const ownName = (name: string, { schema }: Pick<GraphQLResolveInfo, "schema">): string | null => {
  const prefix = prefixOf(schema);
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
};

/** Adds a prefix to the name of every type but the root types, the standard scalars and the types of federation. */
export const withTypePrefix = (schema: GraphQLSchema, prefix: string): GraphQLSchema => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const rootNames = new Set(roots.map((type) => type?.name));
  const keepsName = (type: GraphQLNamedType) =>
    rootNames.has(type.name) || isSpecifiedScalarType(type) || type.name.startsWith("_");
  const resolverOf = (type: GraphQLInterfaceType | GraphQLUnionType) =>
    prefixing(type.resolveType ?? defaultTypeResolver, prefix);
  const served = mapSchema(schema, {
    [MapperKind.TYPE]: (type) => {
      const name = keepsName(type) ? type.name : `${prefix}${type.name}`;
      if (type instanceof GraphQLInterfaceType) {
        return new GraphQLInterfaceType({ ...type.toConfig(), name, resolveType: resolverOf(type) });
      }
      if (type instanceof GraphQLUnionType) {
        return new GraphQLUnionType({ ...type.toConfig(), name, resolveType: resolverOf(type) });
      }
      return name === type.name ? undefined : renamed(type, name);
    },
  });
  served.extensions = { ...schema.extensions, typePrefix: prefix };
  return served;
};

const renamed = (type: GraphQLNamedType, name: string): GraphQLNamedType => {
  if (type instanceof GraphQLObjectType) return new GraphQLObjectType({ ...type.toConfig(), name });
  if (type instanceof GraphQLInputObjectType) return new GraphQLInputObjectType({ ...type.toConfig(), name });
  if (type instanceof GraphQLEnumType) return new GraphQLEnumType({ ...type.toConfig(), name });
  return new GraphQLScalarType({ ...(type as GraphQLScalarType).toConfig(), name });
};

const prefixing =
  (resolveType: GraphQLTypeResolver<unknown, unknown>, prefix: string): GraphQLTypeResolver<unknown, unknown> =>
  (source, context, info, type) => {
    const resolved = resolveType(source, context, info, type);
    if (typeof resolved === "string") return `${prefix}${resolved}`;
    return Promise.resolve(resolved).then((name) => name && `${prefix}${name}`);
  };

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

/** What a type of the graph is called in the schema that is served. */
export const servedName = (name: string, { schema }: Pick<GraphQLResolveInfo, "schema">): string =>
  `${prefixOf(schema)}${name}`;

/** What a type of the schema that is served is called in the graph; null for a name that lacks the prefix. */
export const ownName = (name: string, { schema }: Pick<GraphQLResolveInfo, "schema">): string | null => {
  const prefix = prefixOf(schema);
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
};

/** The same types with a prefix: entry points, standard scalars and the types of federation keep their names. */
export const withTypePrefix = (schema: GraphQLSchema, prefix: string): GraphQLSchema => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const kept = new Set(roots.map((type) => type?.name));
  const keepsName = (type: GraphQLNamedType) =>
    kept.has(type.name) || isSpecifiedScalarType(type) || type.name.startsWith("_");
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
    const told = resolveType(source, context, info, type);
    if (typeof told === "string") return `${prefix}${told}`;
    return Promise.resolve(told).then((name) => name && `${prefix}${name}`);
  };

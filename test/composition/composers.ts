import { composeServices as composeApollo } from "@apollo/composition";
import { composeServices as composeGuild } from "@theguild/federation-composition";
import { federateSubgraphs, ROUTER_COMPATIBILITY_VERSION_ONE } from "@wundergraph/composition";
import { buildASTSchema, buildSchema, type GraphQLError, type GraphQLSchema, isObjectType, parse } from "graphql";

/** A subgraph as a composer needs it. */
export interface SubgraphSource {
  readonly name: string;
  readonly sdl: string;
}

/** A supergraph, or the reasons why the subgraphs do not compose. */
export type CompositionResult = { readonly supergraph: GraphQLSchema } | { readonly faults: readonly string[] };

type Compose = (parts: readonly SubgraphSource[]) => CompositionResult;

const urlOf = ({ name }: SubgraphSource): string => `http://${name}.example/graphql`;

const withCode = ({ message, extensions }: GraphQLError): string => `${String(extensions["code"])}: ${message}`;

const apollo: Compose = (parts) => {
  const services = parts.map((part) => ({ name: part.name, url: urlOf(part), typeDefs: parse(part.sdl) }));
  const { errors, supergraphSdl } = composeApollo(services);
  if (errors !== undefined && errors.length > 0) return { faults: errors.map(withCode) };
  return { supergraph: buildASTSchema(parse(supergraphSdl ?? ""), { assumeValidSDL: true }) };
};

const guild: Compose = (parts) => {
  const services = parts.map((part) => ({ name: part.name, url: urlOf(part), typeDefs: parse(part.sdl) }));
  const { errors, publicSdl } = composeGuild(services);
  if (errors !== undefined && errors.length > 0) return { faults: errors.map(withCode) };
  return { supergraph: buildSchema(publicSdl ?? "") };
};

const cosmo: Compose = (parts) => {
  const result = federateSubgraphs({
    subgraphs: parts.map((part) => ({ name: part.name, url: urlOf(part), definitions: parse(part.sdl) })),
    version: ROUTER_COMPATIBILITY_VERSION_ONE,
  });
  if (!result.success) return { faults: result.errors.map(({ message }) => message) };
  return { supergraph: result.federatedGraphClientSchema };
};

/** The composers of the three routers that Portico supports. */
export const COMPOSERS = { Apollo: apollo, Guild: guild, Cosmo: cosmo } as const satisfies Record<string, Compose>;

export type ComposerName = keyof typeof COMPOSERS;

/** The field names of an object type; empty if there is no such type. */
export const fieldsOf = (schema: GraphQLSchema, typeName: string): readonly string[] => {
  const type = schema.getType(typeName);
  return isObjectType(type) ? Object.keys(type.getFields()) : [];
};

import { type GraphQLSchema, isAbstractType, isObjectType, isScalarType, isSpecifiedScalarType } from "graphql";

/** Facts of the schema that the caches of clients need, as the source of `src/client/adapters/graph.ts`. */
export const clientGraph = (schema: GraphQLSchema): string => {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("_"));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const objects = types.filter(isObjectType).filter((type) => !roots.includes(type));
  const keyless = objects.filter((type) => !("id" in type.getFields())).map(({ name }) => name);
  const possible = types
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)] as const);
  const scalars = types.filter(isScalarType).filter((type) => !isSpecifiedScalarType(type));
  const list = (names: readonly string[]) =>
    `[${names
      .toSorted()
      .map((name) => `\n  "${name}",`)
      .join("")}\n]`;
  const line = (name: string, value: string) => `\n  ${name}: ${value},`;
  return `// Written by \`npm run generate\`.

/** The object types without an ID. */
export const KEYLESS_TYPES: readonly string[] = ${list(keyless)};

/** The object types behind each interface and union. */
export const POSSIBLE_TYPES: Readonly<Record<string, readonly string[]>> = {${possible
    .map(([name, names]) => line(name, JSON.stringify(names)))
    .join("")}
};

/** The TypeScript type of each scalar that is not part of GraphQL. */
export const CUSTOM_SCALARS = {${scalars.map(({ name }) => line(name, '"string"')).join("")}
} as const;
`;
};

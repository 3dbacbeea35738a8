import { isDeepStrictEqual } from "node:util";
import { execute, type GraphQLSchema, parse } from "graphql";
import type { Operation } from "./operations.ts";

type Members = Readonly<Record<string, unknown>>;

const typeNameOf = (value: unknown): string | undefined => (value as { readonly __typename?: string }).__typename;

/**
 * What is wrong with the data of an answer, by executing its operation over that data: every member that was selected has
 * to be there and to be of its type, and no other one. Null where nothing is.
 */
export const misfitOf = async (
  schema: GraphQLSchema,
  { query, variables }: Operation,
  data: unknown,
): Promise<string | null> => {
  if (data === null || data === undefined) return null;
  const document = parse(query);
  const again = await execute({
    schema,
    document,
    rootValue: data,
    variableValues: variables,
    fieldResolver: (source, _args, _context, { path }) => (source as Members)[path.key],
    typeResolver: typeNameOf,
  });
  if (again.errors !== undefined) return again.errors.map(({ message }) => message).join("; ");
  const [told, wanted] = [JSON.stringify(data), JSON.stringify(again.data)];
  return isDeepStrictEqual(JSON.parse(told), JSON.parse(wanted)) ? null : `${told} is not ${wanted}`;
};

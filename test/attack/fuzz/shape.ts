import { isDeepStrictEqual } from "node:util";
import { execute, type GraphQLSchema, parse } from "graphql";
import type { Operation } from "./operations.ts";

type Members = Readonly<Record<string, unknown>>;

const typeNameOf = (value: unknown): string | undefined => (value as { readonly __typename?: string }).__typename;

/**
 * Finds out whether the data of an answer has the shape of its operation, by executing the operation over that data: it must
 * contain exactly the selected members with their types. Returns the error, or null.
 */
export const shapeError = async (
  schema: GraphQLSchema,
  { query, variables }: Operation,
  data: unknown,
): Promise<string | null> => {
  if (data === null || data === undefined) return null;
  const document = parse(query);
  const result = await execute({
    schema,
    document,
    rootValue: data,
    variableValues: variables,
    fieldResolver: (source, _args, _context, { path }) => (source as Members)[path.key],
    typeResolver: typeNameOf,
  });
  if (result.errors !== undefined) return result.errors.map(({ message }) => message).join("; ");
  const [actual, expected] = [JSON.stringify(data), JSON.stringify(result.data)];
  return isDeepStrictEqual(JSON.parse(actual), JSON.parse(expected)) ? null : `${actual} is not ${expected}`;
};

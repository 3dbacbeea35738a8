import { parseSubgraph } from "../config/subgraph.ts";
import { buildSchema, clientSdl, subgraphSdl } from "../schema/index.ts";
import { type Invocation, print, UsageError } from "./command.ts";
import { readVariables } from "./variables.ts";

/** Prints the schema as a server with these SUBGRAPH variables serves it. */
export const schema = async ({ flags }: Invocation): Promise<number> => {
  if (flags["client"] === true && flags["subgraph"] === true)
    throw new UsageError("--client cannot be combined with --subgraph.");
  const { scopes, typePrefix } = readVariables(parseSubgraph);
  const built = buildSchema({ scopes, typePrefix });
  print((flags["subgraph"] === true ? subgraphSdl(built, { scopes }) : clientSdl(built)).trimEnd());
  return 0;
};

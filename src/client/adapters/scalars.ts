/** `scalars` of graphql-codegen, relay-compiler and gql.tada: every scalar of Portico is text in JSON. */
export { CUSTOM_SCALARS as scalars } from "./graph.ts";

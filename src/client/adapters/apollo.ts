import { type ApolloClient, ApolloLink, gql, Observable, type OperationVariables } from "@apollo/client";
import { print } from "@apollo/client/utilities";
import { type DocumentNode, OperationTypeNode } from "graphql";
import type { PorticoClient } from "../core/client.ts";
import { type ClientDocument, isParsedDocument } from "../core/document.ts";
import type { FollowSource } from "../core/follow.ts";
import type { ConnectionState } from "../core/state.ts";
import { KEYLESS_TYPES, POSSIBLE_TYPES } from "./graph.ts";

/** Subscribes Apollo over connections that resume. Other operations go on to the next link: use it with `HttpLink` behind it. */
export const porticoLink = (client: PorticoClient): ApolloLink =>
  new ApolloLink((operation, forward) => {
    const { query, variables, operationName } = operation;
    if (operation.operationType !== OperationTypeNode.SUBSCRIPTION) return forward(operation);
    return new Observable((observer) =>
      client.subscribe(
        { document: print(query), variables, ...(operationName === undefined ? {} : { operationName }) },
        {
          next: (result) => observer.next(result as ApolloLink.Result),
          state: stateListener(operation.getContext()),
          error: (errors) => {
            observer.next({ errors: errors as ApolloLink.Result["errors"] } as ApolloLink.Result);
            observer.complete();
          },
          complete: () => observer.complete(),
        },
      ),
    );
  });

type StateListener = (state: ConnectionState) => void;

const stateListener = (context: Readonly<Record<string, unknown>>): StateListener | undefined =>
  context["porticoState"] as StateListener | undefined;

const toNode = (document: ClientDocument<unknown, never>): DocumentNode =>
  isParsedDocument(document) ? (document as DocumentNode) : gql(String(document));

/** Reads and subscribes through Apollo Client, so that `createFollow` and `useFollow` fill its cache with what they show. */
export const apolloSource = (client: ApolloClient): FollowSource => ({
  async query<Data>(document: ClientDocument<Data, never>, variables: unknown) {
    const options = { fetchPolicy: "network-only", errorPolicy: "all" } as const;
    const query = toNode(document);
    const { data, error } = await client.query({ ...options, query, variables: variables as OperationVariables });
    if (data == null && error !== undefined) throw error;
    return { data: data as Data };
  },
  subscribe(request, { next, state, error }) {
    const after = request.after == null ? {} : { after: request.after };
    const subscription = client
      .subscribe({
        query: toNode(request.document),
        variables: { ...request.variables, ...after },
        context: { porticoState: (value: ConnectionState) => state?.(value) },
      })
      .subscribe({
        next: (result) => {
          if (result.error !== undefined && result.data == null) return error?.([result.error]);
          return next({ data: result.data as never }, { cursor: null, isGap: false, isReplayed: undefined });
        },
        error: (cause: Error) => error?.([cause]),
      });
    return () => subscription.unsubscribe();
  },
});

/** Which types are behind the interfaces and unions of the schema, for `new InMemoryCache({ possibleTypes })`. */
export const possibleTypes: Record<string, string[]> = Object.fromEntries(
  Object.entries(POSSIBLE_TYPES).map(([name, types]) => [name, [...types]]),
);

/** `typePolicies` of `InMemoryCache`: the types without an ID are part of the object that has them. */
export const typePolicies: Record<string, { keyFields: false }> = Object.fromEntries(
  KEYLESS_TYPES.map((name) => [name, { keyFields: false }]),
);

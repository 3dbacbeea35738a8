import { type AnyVariables, type Client, type Exchange, type ExecutionResult, subscriptionExchange } from "@urql/core";
import type { PorticoClient } from "../core/client.ts";
import { documentText } from "../core/document.ts";
import type { FollowSource } from "../core/follow.ts";
import { RequestError } from "../core/http.ts";
import type { ConnectionState } from "../core/state.ts";
import { KEYLESS_TYPES } from "./graph.ts";

/** The member of an operation's context that receives the states of its subscription. */
interface PorticoContext {
  readonly onState?: (state: ConnectionState) => void;
}

/** Delivers urql's subscriptions over connections that resume. Queries and mutations go on to the next exchange. */
export const porticoExchange = (client: PorticoClient): Exchange =>
  subscriptionExchange({
    forwardSubscription: ({ query = "", variables, operationName, extensions }, { context }) => ({
      subscribe(sink) {
        const { onState } = (context["portico"] ?? {}) as PorticoContext;
        const unsubscribe = client.subscribe(
          { document: query, variables: { ...variables }, operationName, extensions },
          {
            next: (result) => sink.next(result as ExecutionResult),
            state: onState,
            error: (errors) => sink.error(errors),
            complete: () => sink.complete(),
          },
        );
        return { unsubscribe };
      },
    }),
  });

/** The options of a subscription in urql that pass its states on: `client.subscription(document, variables, watchState(show))`. */
export const watchState = (onState: (state: ConnectionState) => void): { readonly portico: object } => ({
  portico: { onState },
});

/** Reads and subscribes through urql, so that `createFollow` and `useFollow` fill urql's cache with what they show. */
export const urqlSource = (client: Client): FollowSource => ({
  async query<Data>(document: unknown, variables: unknown) {
    const context = { requestPolicy: "network-only" as const };
    const text = documentText(document as string);
    const { data, error } = await client.query<Data>(text, variables as AnyVariables, context).toPromise();
    if (error?.networkError !== undefined) throw new RequestError({ kind: "lost", cause: error.networkError });
    return { data: data ?? null, ...(error === undefined ? {} : { errors: error.graphQLErrors }) };
  },
  subscribe(request, { next, state, error }) {
    const variables = request.after == null ? request.variables : { ...request.variables, after: request.after };
    const subscription = client
      .subscription(
        documentText(request.document),
        variables as AnyVariables,
        watchState((value) => state?.(value)),
      )
      .subscribe((result) => {
        const { data, extensions = {} } = result;
        if (result.error !== undefined && data == null) return error?.(result.error.graphQLErrors);
        return next({ data: data as never, extensions }, { cursor: null, isGap: false, isReplayed: undefined });
      });
    return () => subscription.unsubscribe();
  },
});

/** `keys` of `@urql/exchange-graphcache`: the types without an ID are part of the object that has them. */
export const graphcacheKeys: Readonly<Record<string, () => null>> = Object.fromEntries(
  KEYLESS_TYPES.map((name) => [name, () => null]),
);

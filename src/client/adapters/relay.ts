import {
  type CacheConfig,
  type Environment,
  fetchQuery,
  type GraphQLResponse,
  type GraphQLTaggedNode,
  Network,
  Observable,
  type RequestParameters,
  requestSubscription,
  type Variables,
} from "relay-runtime";
import type { PorticoClient } from "../core/client.ts";
import type { FollowSource } from "../core/follow.ts";
import type { ConnectionState } from "../core/state.ts";

const textOf = ({ text, name }: RequestParameters): string => {
  if (text) return text;
  throw new Error(
    `The operation ${name} must have its text: Relay's persisted queries need a network layer of their own.`,
  );
};

const asVariables = (variables: Variables): Record<string, unknown> => ({ ...variables });

type StateListener = (state: ConnectionState) => void;

const stateListener = (cacheConfig: CacheConfig): StateListener | undefined =>
  cacheConfig.metadata?.["porticoState"] as StateListener | undefined;

/** A network layer for Relay: queries and mutations by POST, subscriptions over connections that resume. */
export const createRelayNetwork = (client: PorticoClient): ReturnType<typeof Network.create> =>
  Network.create(
    async (params, variables) => (await client.query(textOf(params), asVariables(variables))) as GraphQLResponse,
    (params, variables, cacheConfig) =>
      Observable.create<GraphQLResponse>((sink) =>
        client.subscribe(
          { document: textOf(params), variables: asVariables(variables) },
          {
            next: (result) => sink.next(result as GraphQLResponse),
            state: stateListener(cacheConfig),
            error: (errors) => sink.error(new Error(errors.map(({ message }) => message).join(" "))),
            complete: () => sink.complete(),
          },
        ),
      ),
  );

/**
 * Reads and subscribes through a Relay environment, so that `createFollow` and `useFollow` fill Relay's store with what they show.
 * Documents are what `graphql` returns; the subscription has a variable `$after`.
 */
export const relaySource = (environment: Environment): FollowSource => ({
  async query(document, variables) {
    const node = document as GraphQLTaggedNode;
    const config = { fetchPolicy: "network-only" } as const;
    const data = await fetchQuery(environment, node, { ...variables } as Variables, config).toPromise();
    return { data: data as never };
  },
  subscribe(request, { next, state, error }) {
    const { dispose } = requestSubscription(environment, {
      subscription: request.document as GraphQLTaggedNode,
      variables: { ...request.variables, ...(request.after == null ? {} : { after: request.after }) },
      cacheConfig: { metadata: { porticoState: (value: ConnectionState) => state?.(value) } },
      onNext: (data) => void next({ data: data as never }, { cursor: null, isGap: false, isReplayed: undefined }),
      onError: (cause) => error?.([cause]),
    });
    return dispose;
  },
});

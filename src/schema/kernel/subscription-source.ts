import type { EventFilter } from "../../events/hub/subscription-spec.ts";
import type { Context } from "./context.ts";
import type { Viewer } from "./viewer.ts";

/** What serves a subscription field. Servers read it from the field's extensions. */
export type SubscriptionFieldSource =
  | {
      /** The log of events. */
      readonly kind: "events";
      /**
       * Returns which events the arguments select, limited to the events that the viewer may read.
       * @throws a GraphQLError with the code BAD_USER_INPUT if an argument is out of its limits.
       */
      readonly filterOf: (args: Readonly<Record<string, unknown>>, viewer: Viewer) => EventFilter;
      /**
       * Checks with the gateway what the arguments name; undefined if nothing has to be asked. Rejects with a GraphQLError with the
       * code BAD_USER_INPUT for an argument that names nothing.
       */
      readonly check: (args: Readonly<Record<string, unknown>>, context: Context) => Promise<void> | undefined;
    }
  | {
      /** One command, from its present status to its final one. */
      readonly kind: "command";
    };

interface SubscriptionExtensions {
  readonly subscriptionSource: SubscriptionFieldSource;
}

/** Returns the extensions of a subscription field that is served from `subscriptionSource`. */
export const subscriptionExtensions = (subscriptionSource: SubscriptionFieldSource): SubscriptionExtensions => ({
  subscriptionSource,
});

/**
 * Returns what serves a subscription field.
 * @throws an Error if the field does not say it, which is a fault of the schema.
 */
export const subscriptionSourceOf = (field: {
  readonly name: string;
  readonly extensions: object;
}): SubscriptionFieldSource => {
  const { subscriptionSource } = field.extensions as Partial<SubscriptionExtensions>;
  if (subscriptionSource === undefined) throw new Error(`The subscription field ${field.name} must have a source.`);
  return subscriptionSource;
};

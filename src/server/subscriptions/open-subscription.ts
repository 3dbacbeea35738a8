import { getArgumentValues, getVariableValues, GraphQLError, type OperationDefinitionNode } from "graphql";
import type { CommandSubscription } from "../../commands/feed.ts";
import type { CommandKey } from "../../commands/tracker.ts";
import type { Cursor } from "../../events/cursor.ts";
import type { Delivery, SubscriptionSpec } from "../../events/hub/subscription-spec.ts";
import { commandKeyOf } from "../../schema/command/command.ts";
import type { Context } from "../../schema/kernel/context.ts";
import { parseCursor } from "../../schema/kernel/event-cursor.ts";
import { type SubscriptionFieldSource, subscriptionSourceOf } from "../../schema/kernel/subscription-source.ts";
import { requireScopes, rightsOf, scopesOf } from "../../schema/kernel/viewer.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import { createArgumentNaming } from "../admission/argument-naming.ts";
import { OperationRejected } from "../admission/operation-rejected.ts";
import { invalidVariables } from "../execution/errors.ts";
import type { Executor } from "../execution/executor.ts";
import { commandNotFound, type Rendering, renderEvents } from "./render-events.ts";
import { type SubscriptionPlan, subscriptionPlanOf, type SubscriptionPlans } from "./subscription-plan.ts";

/** An admitted subscription: what it shares with identical ones, and where it starts. */
export type OpenedSubscription =
  | { readonly kind: "events"; readonly spec: SubscriptionSpec; readonly after: Cursor | null }
  | { readonly kind: "command"; readonly subscription: CommandSubscription };

/** Where a client resumes, as its connection says. */
export interface ResumePosition {
  readonly cursor: string;
  /** Whether it replaces the argument `after` of the subscription, or serves a subscription without one. */
  readonly replaces: boolean;
}

/** In characters. It is kept for as long as the subscription lasts. */
const MAX_SUBSCRIPTION_LENGTH = 64 * 1024;

const NOTHING = Buffer.alloc(0);

/** An admitted subscription before it is opened. */
interface Prepared {
  readonly plan: SubscriptionPlan;
  readonly source: SubscriptionFieldSource;
  /** The arguments of its field. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Its variables, after type coercion. */
  readonly coerced: Readonly<Record<string, unknown>>;
}

const prepare = ({ schema }: Executor, plans: SubscriptionPlans, admitted: AdmittedOperation): Prepared => {
  const plan = subscriptionPlanOf(schema, plans, admitted);
  const { definition, node, field } = plan;
  requireScopes(admitted.caller.identity.viewer, scopesOf(field));
  const { errors, coerced } = getVariableValues(
    schema,
    definition.variableDefinitions ?? [],
    admitted.params.variables ?? {},
  );
  if (errors !== undefined) {
    const [first] = errors.map(invalidVariables);
    throw new OperationRejected(first === undefined ? [] : [createArgumentNaming(admitted.document)(first)]);
  }
  return { plan, source: subscriptionSourceOf(field), args: getArgumentValues(field, node, coerced), coerced };
};

/**
 * Opens a subscription. `resume` is the position of the client, if its connection has one. Viewers with equal rights share rendered
 * events: no field of an event contains the viewer's name.
 *
 * @throws GraphQLError
 */
export const openSubscription = (
  executor: Executor,
  plans: SubscriptionPlans,
  admitted: AdmittedOperation,
  resume?: ResumePosition,
): OpenedSubscription => {
  const prepared = prepare(executor, plans, admitted);
  const { plan, source, args } = prepared;
  const key = sharedKey(admitted, prepared);
  const rendering = renderingOf(executor, admitted, plan);
  if (source.kind === "command") {
    const render: CommandSubscription["render"] = async (state) => {
      const [json = NOTHING] = await renderEvents(rendering, [state]);
      return json;
    };
    return { kind: "command", subscription: { key, command: parseCommandId(String(args["id"])), render } };
  }
  const filter = source.filterOf(args, admitted.caller.identity.viewer);
  const render = (deliveries: readonly Delivery[]) => renderEvents(rendering, deliveries);
  const own = args["after"] as string | null | undefined;
  const after = parseCursor(resume?.replaces === true ? resume.cursor : (own ?? resume?.cursor));
  return { kind: "events", spec: { key, filter, render }, after };
};

/**
 * Checks with the gateway what the arguments of a subscription name; undefined if nothing has to be asked.
 *
 * @throws GraphQLError
 */
export const checkSubscription = (
  executor: Executor,
  plans: SubscriptionPlans,
  admitted: AdmittedOperation,
): Promise<void> | undefined => {
  if (subscriptionPlanOf(executor.schema, plans, admitted).node.arguments?.length === 0) return undefined;
  const { source, args } = prepare(executor, plans, admitted);
  return source.kind === "command" ? undefined : source.check(args, executor.createContext(admitted.caller) as Context);
};

/** Subscriptions with the same key share their events: only the cursor that they start after may differ. */
const sharedKey = ({ text, caller }: AdmittedOperation, { plan, coerced }: Prepared): string => {
  const { [plan.cursorVariable ?? ""]: _cursor, ...shared } = coerced;
  const rights = rightsOf(caller.identity.viewer);
  const key = JSON.stringify([plan.sharedText, plan.definition.name?.value, shared, rights]);
  const size = Math.max(key.length, text.length);
  if (size <= MAX_SUBSCRIPTION_LENGTH) return key;
  const limit = `A subscription may have at most ${MAX_SUBSCRIPTION_LENGTH} characters, including its variables`;
  throw new GraphQLError(`${limit}; received ${size}.`, { extensions: { code: "BAD_USER_INPUT" } });
};

const renderingOf = (
  executor: Executor,
  { params, caller }: AdmittedOperation,
  { document, definition }: SubscriptionPlan,
): Rendering => {
  const variables = declaredVariables(definition, params.variables ?? {});
  return {
    executor,
    run: executor.run.each({ document, operation: definition, variables }),
    viewer: caller.identity.viewer,
    name: definition.name?.value,
    openedBy: caller.span?.traceparent,
  };
};

/** The declared variables as sent. Each execution coerces them; coerced values cannot be coerced again. */
const declaredVariables = (
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Record<string, unknown> =>
  Object.fromEntries(
    variableDefinitions
      .map(({ variable }) => variable.name.value)
      .filter((name) => Object.hasOwn(variables, name))
      .map((name) => [name, variables[name]]),
  );

const parseCommandId = (id: string): CommandKey => {
  const key = commandKeyOf(id);
  if (key === null) throw commandNotFound();
  return key;
};

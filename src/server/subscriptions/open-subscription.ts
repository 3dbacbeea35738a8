import {
  type DocumentNode,
  type FieldNode,
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  type GraphQLField,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  print,
  visit,
} from "graphql";
import type { DeviceCommand } from "../../commands/command.ts";
import type { CommandSubscription } from "../../commands/feed.ts";
import type { CommandKey } from "../../commands/tracker.ts";
import { type Cursor, decodeCursor } from "../../events/cursor.ts";
import type { Delivery, SubscriptionSpec } from "../../events/hub/subscription-spec.ts";
import { commandKeyOf } from "../../schema/command/command.ts";
import type { Context } from "../../schema/kernel/context.ts";
import { subscriptionSourceOf } from "../../schema/kernel/subscription-source.ts";
import { requireScopes, rightsOf, scopesOf } from "../../schema/kernel/viewer.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import { rootFields } from "../admission/selections.ts";
import { createArgumentNaming } from "../admission/argument-naming.ts";
import { OperationRejected } from "../admission/operation-rejected.ts";
import { invalidVariables } from "../execution/errors.ts";
import type { Executor } from "../execution/executor.ts";
import { commandNotFound, type Rendering, renderEvents } from "./render-events.ts";

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

/** What is known of a subscription's definition, the same for every caller. */
interface Plan {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly node: FieldNode;
  readonly field: GraphQLField<unknown, unknown>;
  /** The document without the cursor that it starts after. */
  readonly sharedText: string;
  /** The variable that is used as that cursor and nowhere else. */
  readonly cursorVariable: string | undefined;
}

/** Plans by operation: a document may have several. */
export type SubscriptionPlans = WeakMap<OperationDefinitionNode, Plan>;

/** In characters. It is kept for as long as the subscription lasts. */
const MAX_SUBSCRIPTION = 64 * 1024;

const badUserInput = (message: string, argument?: string): GraphQLError =>
  new GraphQLError(message, {
    extensions: { code: "BAD_USER_INPUT", ...(argument === undefined ? {} : { argument }) },
  });

const NOTHING = Buffer.alloc(0);

const notASubscription = (): GraphQLError => badUserInput("The operation is not a subscription.");

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
  const { text, params } = admitted;
  const { viewer } = admitted.caller.identity;
  const plan = planOf(executor, plans, admitted);
  const { definition, node, field, cursorVariable } = plan;
  requireScopes(viewer, scopesOf(field));
  const values = getVariableValues(executor.schema, definition.variableDefinitions ?? [], params.variables ?? {});
  if (values.errors !== undefined) {
    const [first] = values.errors.map(invalidVariables);
    throw new OperationRejected(first === undefined ? [] : [createArgumentNaming(admitted.document)(first)]);
  }
  const args = getArgumentValues(field, node, values.coerced);
  const { [cursorVariable ?? ""]: _cursor, ...shared } = values.coerced;
  const key = JSON.stringify([plan.sharedText, definition.name?.value, shared, rightsOf(viewer)]);
  const size = Math.max(key.length, text.length);
  if (size > MAX_SUBSCRIPTION) {
    const limit = `A subscription may have at most ${MAX_SUBSCRIPTION} characters, including its variables`;
    throw badUserInput(`${limit}; received ${size}.`);
  }
  const { document } = plan;
  const variables = declaredVariables(definition, params.variables ?? {});
  const rendering: Rendering = {
    executor,
    run: executor.run.each({ document, operation: definition, variables }),
    viewer,
    name: definition.name?.value,
    openedBy: admitted.caller.span?.traceparent,
  };
  const source = subscriptionSourceOf(field);
  if (source.kind === "command") {
    const render = async (state: DeviceCommand | null) => {
      const [json = NOTHING] = await renderEvents(rendering, [state]);
      return json;
    };
    return { kind: "command", subscription: { key, command: parseCommandId(String(args["id"])), render } };
  }
  const filter = source.filterOf(args, viewer);
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
  const { definition, node, field } = planOf(executor, plans, admitted);
  const source = subscriptionSourceOf(field);
  if (source.kind === "command" || node.arguments?.length === 0) return undefined;
  requireScopes(admitted.caller.identity.viewer, scopesOf(field));
  const values = getVariableValues(
    executor.schema,
    definition.variableDefinitions ?? [],
    admitted.params.variables ?? {},
  );
  // Opening it reports the fault.
  if (values.errors !== undefined) return undefined;
  const context = executor.createContext(admitted.caller) as Context;
  return source.check(getArgumentValues(field, node, values.coerced), context);
};

/** The variables that the operation declares, before type coercion: each execution coerces them, and coerced values are no input. */
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

const parseCursor = (text: string | null | undefined): Cursor | null => {
  if (text == null) return null;
  const cursor = decodeCursor(text);
  if (cursor === null) throw badUserInput("after: The value must be the cursor of an event.", "after");
  return cursor;
};

const planOf = ({ schema }: Executor, plans: SubscriptionPlans, operation: AdmittedOperation): Plan => {
  const { document, fragments, definition } = operation;
  if (definition?.operation !== OperationTypeNode.SUBSCRIPTION) throw notASubscription();
  const known = plans.get(definition);
  if (known !== undefined) return known;
  const [node] = rootFields(definition.selectionSet, fragments);
  const field = node && schema.getSubscriptionType()?.getFields()[node.name.value];
  if (node === undefined || field === undefined) throw notASubscription();
  const plan = { document, definition, node, field, ...withoutCursor(document, node) };
  plans.set(definition, plan);
  return plan;
};

/** Removes the cursor that a subscription starts after, so that subscriptions that differ in nothing else are identical. */
const withoutCursor = (document: DocumentNode, node: FieldNode): Pick<Plan, "sharedText" | "cursorVariable"> => {
  const after = node.arguments?.find((argument) => argument.name.value === "after");
  const variable = after?.value.kind === Kind.VARIABLE ? after.value.name.value : undefined;
  let uses = 0;
  visit(document, { Variable: ({ name }) => void (uses += name.value === variable ? 1 : 0) });
  // Its definition and the argument. A variable that is used elsewhere too is more than the cursor.
  const cursorVariable = uses === 2 ? variable : undefined;
  const shared = visit(document, {
    Argument: (argument) => (argument === after ? null : undefined),
    VariableDefinition: ({ variable: { name } }) => (name.value === cursorVariable ? null : undefined),
  });
  return { sharedText: print(shared), cursorVariable };
};

import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  print,
  visit,
} from "graphql";
import type { AdmittedOperation } from "../admission/admission.ts";
import { rootFields } from "../admission/selections.ts";

/** What is known of a subscription's definition, the same for every caller. */
export interface SubscriptionPlan {
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
export type SubscriptionPlans = WeakMap<OperationDefinitionNode, SubscriptionPlan>;

const notASubscription = (): GraphQLError =>
  new GraphQLError("The operation is not a subscription.", { extensions: { code: "BAD_USER_INPUT" } });

/**
 * Returns the plan of an operation, made once for all callers.
 *
 * @throws GraphQLError if it is not a subscription
 */
export const subscriptionPlanOf = (
  schema: GraphQLSchema,
  plans: SubscriptionPlans,
  operation: AdmittedOperation,
): SubscriptionPlan => {
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
const withoutCursor = (
  document: DocumentNode,
  node: FieldNode,
): Pick<SubscriptionPlan, "sharedText" | "cursorVariable"> => {
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

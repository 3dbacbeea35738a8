import { randomUUID } from "node:crypto";
import {
  type DocumentNode,
  execute,
  type ExecutionResult,
  type FieldNode,
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  type GraphQLField,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  print,
  type SelectionSetNode,
  visit,
} from "graphql";
import type { Command } from "../../commands/command.ts";
import type { CommandSubscription } from "../../commands/feed.ts";
import type { CommandKey } from "../../commands/tracker.ts";
import { type Cursor, decodeCursor } from "../../events/cursor.ts";
import type { Delivery, SubscriptionSpec } from "../../events/hub/subscription-spec.ts";
import { commandKeyOf } from "../../schema/command/command.ts";
import { rightsOf, type Viewer, requireScopes, scopesOf } from "../../schema/kernel/viewer.ts";
import { subscriptionSourceOf } from "../../schema/kernel/subscription-source.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Caller } from "../identity/caller.ts";
import type { Executor } from "../execution/executor.ts";
import type { ResolverEffects } from "../execution/result.ts";

/** A subscription that was admitted: what it shares with identical ones, and where it begins. */
export type OpenedSubscription =
  | { readonly kind: "events"; readonly feed: SubscriptionSpec; readonly after: Cursor | null }
  | { readonly kind: "command"; readonly following: CommandSubscription };

interface Plan {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly node: FieldNode;
  readonly field: GraphQLField<unknown, unknown>;
  /** The document but for the place where it begins. */
  readonly shared: string;
  /** The variable that tells the place and nothing else. */
  readonly placeVariable: string | undefined;
}

/** By operation: a document may have several. */
export type SubscriptionPlans = WeakMap<OperationDefinitionNode, Plan>;

/** In characters; it is kept for as long as the subscription lasts. */
const MAX_SUBSCRIPTION = 64 * 1024;

const refused = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });

/** What Yoga makes of them over HTTP. */
const aboutVariables = ([error]: readonly GraphQLError[]): GraphQLError =>
  new GraphQLError(error?.message ?? "The variables do not fit.", {
    nodes: error?.nodes ?? null,
    extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
  });

/**
 * Opens a subscription, or throws the GraphQLError that refuses it. `place` is where the client was cut off, if it says so.
 * What is rendered is shared by viewers of equal rights, and for whichever of them came first: no field of an event tells names.
 */
export const openSubscription = (
  engine: Executor,
  plans: SubscriptionPlans,
  admitted: AdmittedOperation,
  place?: string,
): OpenedSubscription => {
  const { document, text, operation: found, params } = admitted;
  const { viewer } = admitted.caller.identity;
  if (found === undefined) throw refused("This is no subscription.");
  const plan = plans.get(found) ?? planOf(engine, document, found);
  plans.set(found, plan);
  const { operation, node, field, placeVariable } = plan;
  requireScopes(viewer, scopesOf(field));
  const given = getVariableValues(engine.schema, operation.variableDefinitions ?? [], params.variables ?? {});
  if (given.errors !== undefined) throw aboutVariables(given.errors);
  const args = getArgumentValues(field, node, given.coerced);
  const { [placeVariable ?? ""]: _place, ...variables } = given.coerced;
  const key = JSON.stringify([plan.shared, operation.name?.value, variables, rightsOf(viewer)]);
  if (Math.max(key.length, text.length) > MAX_SUBSCRIPTION) {
    throw refused(`A subscription may have at most ${MAX_SUBSCRIPTION} characters, its variables included.`);
  }
  const sent = sentOf(operation, params.variables ?? {});
  const render = (source: Delivery | Command | null) => renderSource(engine, plan, sent, viewer, source);
  const fieldSource = subscriptionSourceOf(field);
  if (fieldSource.kind === "command") {
    return { kind: "command", following: { key, command: commandOf(String(args["id"])), render } };
  }
  const filter = fieldSource.filterOf(args, viewer);
  const after = placeOf(place ?? (args["after"] as string | null | undefined));
  return { kind: "events", feed: { key, filter, render }, after };
};

/** The variables that the operation declares, as they came: each execution reads them itself, and what it has read is no input. */
const sentOf = ({ variableDefinitions = [] }: OperationDefinitionNode, variables: Record<string, unknown>) =>
  Object.fromEntries(
    variableDefinitions
      .map(({ variable }) => variable.name.value)
      .filter((name) => Object.hasOwn(variables, name))
      .map((name) => [name, variables[name]]),
  );

const unknownCommand = () =>
  new GraphQLError("The gateway knows no such command.", { extensions: { code: "NOT_FOUND", argument: "id" } });

const commandOf = (id: string): CommandKey => {
  const key = commandKeyOf(id);
  if (key === null) throw unknownCommand();
  return key;
};

const placeOf = (text: string | null | undefined): Cursor | null => {
  if (text == null) return null;
  const cursor = decodeCursor(text);
  if (cursor === null) {
    const extensions = { code: "BAD_USER_INPUT", argument: "after" };
    throw new GraphQLError("after: This is no cursor of an event.", { extensions });
  }
  return cursor;
};

const firstField = ({ selections }: SelectionSetNode, document: DocumentNode): FieldNode | undefined => {
  for (const node of selections) {
    if (node.kind === Kind.FIELD) return node;
    const set =
      node.kind === Kind.INLINE_FRAGMENT
        ? node.selectionSet
        : document.definitions.find(
            (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === node.name.value,
          );
    const inner = set !== undefined && "kind" in set && set.kind === Kind.FRAGMENT_DEFINITION ? set.selectionSet : set;
    const found = inner?.kind === Kind.SELECTION_SET ? firstField(inner, document) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
};

const planOf = ({ schema }: Executor, document: DocumentNode, operation: OperationDefinitionNode): Plan => {
  const node = firstField(operation.selectionSet, document);
  const field = node && schema.getSubscriptionType()?.getFields()[node.name.value];
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION || node === undefined || field === undefined) {
    throw refused("This is no subscription.");
  }
  const place = node.arguments?.find((argument) => argument.name.value === "after");
  const variable = place?.value.kind === Kind.VARIABLE ? place.value.name.value : undefined;
  let uses = 0;
  visit(document, { Variable: ({ name }) => void (uses += name.value === variable ? 1 : 0) });
  // Its definition and the argument. One that stands elsewhere, too, says more than the place.
  const placeVariable = uses === 2 ? variable : undefined;
  const shared = visit(document, {
    Argument: (argument) => (argument === place ? null : undefined),
    VariableDefinition: ({ variable: { name } }) => (name.value === placeVariable ? null : undefined),
  });
  return { document, operation, node, field, shared: print(shared), placeVariable };
};

/** Executes a subscription's document for one event, with a context and so with loaders of its own. It does not reject. */
const renderSource = async (
  engine: Executor,
  { document, operation }: Plan,
  variableValues: Record<string, unknown>,
  viewer: Viewer,
  source: Delivery | Command | null,
): Promise<Buffer> => {
  const caller: Caller = {
    id: randomUUID(),
    startedAt: Date.now(),
    signal: new AbortController().signal,
    traced: false,
    inlineTraced: false,
    note: () => {},
    address: "",
    identity: { viewer, expiresAt: null },
  };
  const finished = (result: ExecutionResult, gathered: ResolverEffects) => {
    // Who does not select `gap` has to hear of a loss, too.
    const hasGap = source !== null && "gap" in source && source.gap;
    const told = hasGap ? { ...result, extensions: { ...result.extensions, gap: true } } : result;
    return Buffer.from(JSON.stringify(engine.finish(told, caller, gathered).body));
  };
  if (source === null) return finished({ data: null, errors: [unknownCommand()] }, {});
  try {
    const contextValue = engine.createContext(caller);
    const rootValue = source;
    const operationName = operation.name?.value;
    const { schema } = engine;
    const result = await execute({ schema, document, operationName, rootValue, contextValue, variableValues });
    return finished(result, contextValue);
  } catch (error) {
    const originalError = error instanceof Error ? error : new Error(String(error));
    return finished({ errors: [new GraphQLError("Unexpected error.", { originalError })] }, {});
  }
};

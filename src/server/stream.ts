import { randomUUID } from "node:crypto";
import {
  type DocumentNode,
  execute,
  type FieldNode,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLField,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  visit,
} from "graphql";
import { type Cursor, decodeCursor } from "../events/cursor.ts";
import type { Delivery, Feed, FeedFilter } from "../events/feed.ts";
import type { Caller } from "./caller.ts";
import type { Engine } from "./engine.ts";
import type { Params } from "./params.ts";
import type { Gathered } from "./result.ts";

/** A subscription that was admitted: what it shares with identical ones, and where it begins. */
export interface Opened {
  readonly feed: Feed;
  readonly after: Cursor | null;
}

export interface Plan {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly node: FieldNode;
  readonly field: GraphQLField<unknown, unknown>;
  /** The document but for the place where it begins. */
  readonly shared: string;
  /** The variable that tells the place. */
  readonly placeVariable: string | undefined;
}

type FeedOf = (args: Record<string, unknown>) => FeedFilter;

const refused = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });

/** The operation that a document's sender means; undefined where there is none of the name. */
export const operationOf = (document: DocumentNode, { operationName }: Params): OperationDefinitionNode | undefined =>
  getOperationAST(document, operationName) ?? undefined;

/** Opens a subscription, or throws the GraphQLError that refuses it. `place` is where the client was cut off, if it says so. */
export const openStream = (
  engine: Engine,
  plans: WeakMap<DocumentNode, Plan>,
  params: Params,
  place?: string,
): Opened => {
  const document = engine.admission.admit(params.query);
  const plan = plans.get(document) ?? planOf(engine, document, params);
  plans.set(document, plan);
  const { operation, node, field, placeVariable } = plan;
  const coerced = getVariableValues(engine.schema, operation.variableDefinitions ?? [], params.variables ?? {});
  if (coerced.errors !== undefined) throw coerced.errors[0] ?? refused("The variables do not fit.");
  const args = getArgumentValues(field, node, coerced.coerced);
  const filter = (field.extensions["feedOf"] as FeedOf)(args);
  const { [placeVariable ?? ""]: _place, ...variables } = params.variables ?? {};
  const key = JSON.stringify([plan.shared, params.operationName, variables]);
  const render = (delivery: Delivery) => renderDelivery(engine, plan, coerced.coerced, delivery);
  return { feed: { key, filter, render }, after: placeOf(place ?? (args["after"] as string | null | undefined)) };
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

const planOf = ({ schema }: Engine, document: DocumentNode, params: Params): Plan => {
  const operation = operationOf(document, params);
  const node = operation && firstField(operation.selectionSet, document);
  const field = node && schema.getSubscriptionType()?.getFields()[node.name.value];
  if (operation === undefined || node === undefined || field === undefined) throw refused("This is no subscription.");
  const place = node.arguments?.find((argument) => argument.name.value === "after")?.value;
  const placeVariable = place?.kind === Kind.VARIABLE ? place.name.value : undefined;
  const withoutPlace = visit(document, {
    Argument: (argument) => (argument.name.value === "after" ? null : undefined),
    VariableDefinition: ({ variable }) => (variable.name.value === placeVariable ? null : undefined),
  });
  return { document, operation, node, field, shared: print(withoutPlace), placeVariable };
};

/** Executes a subscription's document for one event, with a context and so with loaders of its own. */
const renderDelivery = async (
  engine: Engine,
  { document, operation }: Plan,
  variableValues: Record<string, unknown>,
  delivery: Delivery,
): Promise<Buffer> => {
  const caller: Caller = {
    id: randomUUID(),
    startedAt: Date.now(),
    signal: new AbortController().signal,
    traced: false,
    note: () => {},
  };
  const contextValue = engine.createContext(caller);
  const result = await execute({
    schema: engine.schema,
    document,
    operationName: operation.name?.value,
    rootValue: delivery,
    contextValue,
    variableValues,
  });
  return Buffer.from(JSON.stringify(engine.finish(result, caller, contextValue as Gathered).body));
};

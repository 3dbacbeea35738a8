import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import { type Scope, scopesOf } from "../../schema/kernel/viewer.ts";
import type { Caller } from "../identity/caller.ts";
import { quotaKey } from "../identity/quota-key.ts";
import { OperationRejected } from "./rejected.ts";
import { createCallerRates } from "./rates.ts";
import { createSemaphores, type Release } from "./slots.ts";

export interface QuotaLimits {
  /** Queries and mutations of one caller under way at a time. */
  readonly operations: number;
  /** Subscriptions of one caller at a time, over all its connections. */
  readonly subscriptions: number;
  /** Credentials that mutations of one caller write, fields or templates, within a minute. */
  readonly credentials: number;
  /** Fields of mutations that move doors, of one caller within a minute. */
  readonly doors: number;
}

/** How much one caller may do at a time, and how often. Each process counts for itself. */
export interface Quotas {
  /** Takes a place for a query or mutation; throws NotAdmitted. */
  readonly begin: (caller: Caller) => Release;
  /** Takes a place for a subscription; throws NotAdmitted. */
  readonly subscribe: (caller: Caller) => Release;
  /** Counts the fields of a mutation that may be done so often only; throws NotAdmitted. */
  readonly spend: (operation: Executed) => void;
}

interface Executed {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode | undefined;
  readonly params: { readonly variables?: Variables };
  readonly caller: Caller;
}

type Variables = Readonly<Record<string, unknown>>;

const RATED = ["credentials", "doors"] as const;

export const createQuotas = (schema: GraphQLSchema, limits: QuotaLimits): Quotas => {
  const operations = createSemaphores(limits.operations);
  const subscriptions = createSemaphores(limits.subscriptions);
  const rates = {
    credentials: createCallerRates(limits.credentials, () => performance.now()),
    doors: createCallerRates(limits.doors, () => performance.now()),
  };
  const fields = schema.getMutationType()?.getFields() ?? {};
  const isOf = ({ name }: FieldNode, scope: Scope): boolean => {
    const field = fields[name.value];
    return field !== undefined && scopesOf(field).includes(scope);
  };
  return {
    begin: (caller) => operations.acquire(quotaKey(caller)) ?? refuse(tooManyOperations(limits.operations)),
    subscribe: (caller) =>
      subscriptions.acquire(quotaKey(caller)) ?? refuse(tooManySubscriptions(limits.subscriptions)),
    spend({ document, operation, params, caller }) {
      if (operation?.operation !== OperationTypeNode.MUTATION) return;
      const values = { ...defaultsOf(operation), ...params.variables };
      const nodes = rootFields(operation.selectionSet, document);
      const times = {
        credentials: nodes.map((node) => (isOf(node, "credentials:write") ? 1 : templatesIn(node, values))),
        doors: nodes.map((node) => (isOf(node, "doors:control") ? 1 : 0)),
      };
      for (const kind of RATED) {
        const count = times[kind].reduce((total, each) => total + each, 0);
        const seconds = count === 0 ? 0 : rates[kind].take(quotaKey(caller), count);
        if (seconds > 0) refuse(tooOften(kind, limits[kind], seconds));
      }
    },
  };
};

/** The fields at the root, each as often as it is asked for; how many there can be is limited before. */
const rootFields = ({ selections }: SelectionSetNode, document: DocumentNode): readonly FieldNode[] =>
  selections.flatMap((node) => {
    if (node.kind === Kind.FIELD) return [node];
    if (node.kind === Kind.INLINE_FRAGMENT) return rootFields(node.selectionSet, document);
    const fragment = document.definitions.find(
      (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === node.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? rootFields(fragment.selectionSet, document) : [];
  });

const defaultsOf = ({ variableDefinitions = [] }: OperationDefinitionNode): Variables =>
  Object.fromEntries(
    variableDefinitions.map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue && valueFromASTUntyped(defaultValue),
    ]),
  );

/** How many credentials come along with a user. */
const templatesIn = (node: FieldNode, variables: Variables): number => {
  const input = node.arguments?.find(({ name }) => name.value === "input");
  const value: unknown = input && valueFromASTUntyped(input.value, variables);
  const templates = typeof value === "object" && value !== null && "templates" in value ? value.templates : [];
  if (templates == null) return 0;
  return Array.isArray(templates) ? templates.length : 1;
};

const refuse = (error: GraphQLError): never => {
  throw new OperationRejected([error]);
};

const later = (seconds: number) => ({ status: 429, headers: { "retry-after": String(seconds) } });

const atMost = (most: number, what: string) => `At most ${most} ${what} of one caller at a time: wait for one to end.`;

const tooManyOperations = (most: number) =>
  new GraphQLError(atMost(most, "queries and mutations"), {
    extensions: { code: "TOO_MANY_REQUESTS", http: later(1) },
  });

const tooManySubscriptions = (most: number) =>
  new GraphQLError(atMost(most, "subscriptions"), { extensions: { code: "TOO_MANY_SUBSCRIPTIONS", http: later(1) } });

const tooOften = (kind: string, most: number, retryAfter: number) =>
  new GraphQLError(`At most ${most} commands about ${kind} in a minute; nothing of this was sent to any device.`, {
    extensions: { code: "RATE_LIMITED", retryAfter, http: later(retryAfter) },
  });

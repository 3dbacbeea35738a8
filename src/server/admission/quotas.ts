import { type FieldNode, type GraphQLSchema, OperationTypeNode, valueFromASTUntyped } from "graphql";
import { isMembers } from "../../contract/lookup.ts";
import { type Scope, scopesOf } from "../../schema/kernel/viewer.ts";
import type { Caller } from "../identity/caller.ts";
import { quotaKey } from "../identity/quota-key.ts";
import type { CallerBuckets } from "./caller-buckets.ts";
import { type OperationRejected, rejection } from "./operation-rejected.ts";
import type { RequestedOperation } from "./requested-operation.ts";
import { defaultsOf, rootFields } from "./selections.ts";

/** Frees a permit of a semaphore. Further calls have no effect. */
export type Release = () => void;

/** One semaphore per key. */
export interface Semaphores {
  /** Takes a permit; returns null if all permits of the key are taken. */
  readonly acquire: (key: string) => Release | null;
}

/** Keys with no permits taken are removed. */
export const createSemaphores = (permits: () => number): Semaphores => {
  const taken = new Map<string, number>();
  return {
    acquire(key) {
      const count = taken.get(key) ?? 0;
      if (count >= permits()) return null;
      taken.set(key, count + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (taken.get(key) ?? 0) - 1;
        if (left > 0) taken.set(key, left);
        else taken.delete(key);
      };
    },
  };
};

/** Limits of one caller. */
export interface QuotaLimits {
  /** Queries and mutations in progress. */
  readonly operations: number;
  /** Open subscriptions, over all connections. */
  readonly subscriptions: number;
  /** Credentials that mutations write within a minute, by field or with a user. */
  readonly credentials: number;
  /** Mutation fields that move doors within a minute. */
  readonly doors: number;
}

/** What one caller may do at a time and within a minute. What is in progress is counted by each process. */
export interface Quotas {
  /** Accepts an HTTP request before anything of it is read; throws OperationRejected. */
  readonly acquireRequest: (caller: Caller) => Release;
  /** Starts a query or mutation; throws OperationRejected. */
  readonly acquireOperation: (caller: Caller) => Release;
  /** Opens a subscription; throws OperationRejected. */
  readonly acquireSubscription: (caller: Caller) => Release;
  /**
   * Takes a token for each rate-limited field of a mutation; undefined if there is none. Rejects with OperationRejected if there are too
   * few tokens.
   */
  readonly takeTokens: (mutation: RateLimitedOperation) => Promise<void> | undefined;
}

interface RateLimitedOperation extends RequestedOperation {
  readonly caller: Caller;
}

type Variables = Readonly<Record<string, unknown>>;

const RATE_LIMITED = ["credentials", "doors"] as const;

/** How many tokens of a kind a mutation needs. */
interface Wanted {
  readonly kind: (typeof RATE_LIMITED)[number];
  readonly count: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** Counts operations, subscriptions and rate-limited fields of each caller. */
export const createQuotas = (schema: GraphQLSchema, limitsNow: () => QuotaLimits, buckets: CallerBuckets): Quotas => {
  const requests = createSemaphores(() => limitsNow().operations);
  const operations = createSemaphores(() => limitsNow().operations);
  const subscriptions = createSemaphores(() => limitsNow().subscriptions);
  const mutationFields = schema.getMutationType()?.getFields() ?? {};
  /** The refusals of a flood are one: to make an error costs more than to send it. */
  const tooManyOperations = rejectionsOf(operationsBeyond);
  const requires = ({ name }: FieldNode, scope: Scope): boolean => {
    const field = mutationFields[name.value];
    return field !== undefined && scopesOf(field).includes(scope);
  };
  const takeAll = async (caller: string, wanted: readonly Wanted[]) => {
    const limits = limitsNow();
    for (const { kind, count } of wanted) {
      const seconds = await buckets.take(kind, caller, count, limits[kind]);
      if (seconds > 0) throw tooFrequent(kind, limits[kind], seconds);
    }
  };
  return {
    acquireRequest(caller) {
      const release = requests.acquire(quotaKey(caller));
      if (release === null) throw tooManyOperations(limitsNow().operations);
      return release;
    },
    acquireOperation(caller) {
      const release = operations.acquire(quotaKey(caller));
      if (release === null) throw tooManyOperations(limitsNow().operations);
      return release;
    },
    acquireSubscription(caller) {
      const release = subscriptions.acquire(quotaKey(caller));
      if (release === null) throw tooManySubscriptions(limitsNow().subscriptions);
      return release;
    },
    takeTokens({ definition, fragments, params, caller }) {
      if (definition?.operation !== OperationTypeNode.MUTATION) return undefined;
      const variables = { ...defaultsOf(definition), ...params.variables };
      const fields = rootFields(definition.selectionSet, fragments);
      const tokens = {
        credentials: fields.map((node) => (requires(node, "credentials:write") ? 1 : templatesIn(node, variables))),
        doors: fields.map((node) => (requires(node, "doors:control") ? 1 : 0)),
      };
      const wanted = RATE_LIMITED.map((kind) => ({ kind, count: sum(tokens[kind]) })).filter(({ count }) => count > 0);
      return wanted.length === 0 ? undefined : takeAll(quotaKey(caller), wanted);
    },
  };
};

/** How many credentials are written with the user, or the users, of an input. */
const templatesIn = (node: FieldNode, variables: Variables): number => {
  const input = node.arguments?.find(({ name }) => name.value === "input");
  const value: unknown = input && valueFromASTUntyped(input.value, variables);
  return [value, ...listOf(memberOf(value, "users"))].reduce<number>(
    (total, user) => total + listOf(memberOf(user, "templates")).length,
    0,
  );
};

const memberOf = (value: unknown, name: string): unknown => (isMembers(value) ? value[name] : undefined);

/** GraphQL accepts a single item in place of a list. */
const listOf = (value: unknown): readonly unknown[] => {
  if (value == null) return [];
  return Array.isArray(value) ? value : [value];
};

/** Makes the rejection of a limit once, as long as the limit is the same. */
const rejectionsOf = (make: (max: number) => OperationRejected): ((max: number) => OperationRejected) => {
  let made: { readonly max: number; readonly rejected: OperationRejected } | null = null;
  return (max) => {
    if (made?.max !== max) made = { max, rejected: make(max) };
    return made.rejected;
  };
};

const retryAfter = (seconds: number) => ({ headers: { "retry-after": String(seconds) } });

const operationsBeyond = (max: number): OperationRejected => {
  const message = `A caller may have at most ${max} queries and mutations in progress; wait for one to end.`;
  return rejection("TOO_MANY_REQUESTS", message, { extensions: { http: retryAfter(1) } });
};

const tooManySubscriptions = (max: number): OperationRejected => {
  const message = `A caller may have at most ${max} open subscriptions; wait for one to end.`;
  return rejection("TOO_MANY_SUBSCRIPTIONS", message, { extensions: { http: retryAfter(1) } });
};

const tooFrequent = (kind: string, max: number, seconds: number): OperationRejected => {
  const message = `A caller may send at most ${max} commands for ${kind} within a minute; nothing was sent to any device.`;
  return rejection("RATE_LIMITED", message, { extensions: { retryAfter: seconds, http: retryAfter(seconds) } });
};

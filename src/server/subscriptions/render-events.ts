import { type ExecutionResult, GraphQLError } from "graphql";
import type { ExecuteEach } from "../../execution/execute.ts";
import type { Viewer } from "../../schema/kernel/viewer.ts";
import { GatewayError } from "../../gateway/errors.ts";
import { unexpectedError } from "../execution/errors.ts";
import type { Executor } from "../execution/executor.ts";
import { OperationCaller } from "../execution/operation.ts";
import type { ResolverEffects } from "../execution/result.ts";
import { beginDelivery } from "./delivery-span.ts";
import { type Rendered, runsOf } from "./runs.ts";

export const commandNotFound = () =>
  new GraphQLError("The gateway does not know this command.", { extensions: { code: "NOT_FOUND", argument: "id" } });

/** Why there is nothing to execute the document for. */
const failureOf = (subject: Rendered): GraphQLError | undefined => {
  if (subject === null) return commandNotFound();
  return subject instanceof GatewayError ? unexpectedError(subject) : undefined;
};

/** What the extensions of a result say of its event: a client that does not select these fields must know them, too. */
const positionOf = (event: Rendered) => {
  if (event === null || !("previousCursor" in event)) return {};
  const { cursor, previousCursor, gap } = event;
  return { cursor, previousCursor, ...(gap ? { gap } : {}) };
};

/** How the events of a subscription are executed. */
export interface Rendering {
  readonly executor: Executor;
  readonly run: ExecuteEach;
  readonly viewer: Viewer;
  readonly name: string | undefined;
  /** The trace of the operation that opened the subscription. */
  readonly openedBy: string | undefined;
}

/**
 * Executes a subscription's document for some events in one run, with a context of their own and so with loaders of their own, or in
 * several, where a person would have a name that another event has. If a run reports a loss or fails, each event is executed alone, so that
 * no event reports what another one lacks. It does not reject.
 */
export const renderEvents = async (rendering: Rendering, events: readonly Rendered[]): Promise<readonly Buffer[]> => {
  const runs = runsOf(events);
  if (runs.length > 1) return renderRuns(rendering, events, runs);
  const { executor, run, viewer, name, openedBy } = rendering;
  const span = beginDelivery(executor.tracer, name, events, openedBy);
  const caller = new OperationCaller({ viewer, expiresAt: null }, { address: "", span });
  const render = (result: ExecutionResult, event: Rendered, effects: ResolverEffects = {}) => {
    const extensions = { ...result.extensions, ...positionOf(event) };
    const reported = Object.keys(extensions).length > 0 ? { ...result, extensions } : result;
    // Only errors have to be formatted.
    const isPlain = result.errors === undefined && (effects.reports ?? []).length === 0;
    return Buffer.from(JSON.stringify(isPlain ? reported : executor.format(reported, caller, effects).body));
  };
  const renderApart = () =>
    renderRuns(
      rendering,
      events,
      events.map((_event, index) => [index]),
    );
  try {
    const [failure] = events.flatMap((event) => failureOf(event) ?? []);
    if (failure !== undefined) return events.map((event) => render({ data: null, errors: [failure] }, event));
    const contextValue: ResolverEffects = executor.createContext(caller);
    const results = await run(events, contextValue);
    if (events.length > 1 && (contextValue.reports ?? []).length > 0) return await renderApart();
    return results.map((result, index) => render(result, events[index] ?? null, contextValue));
  } catch (error) {
    if (events.length > 1) return renderApart();
    return events.map((event) => render({ errors: [unexpectedError(error)] }, event));
  } finally {
    span?.end();
  }
};

/** Executes events in several runs at once, and returns the results in the order of the events. */
const renderRuns = async (
  rendering: Rendering,
  events: readonly Rendered[],
  runs: readonly (readonly number[])[],
): Promise<readonly Buffer[]> => {
  const ofRuns = runs.map(async (indexes) => {
    const bodies = await renderEvents(
      rendering,
      indexes.map((index) => events[index] ?? null),
    );
    return bodies.map((body, position) => [indexes[position] ?? 0, body] as const);
  });
  const placed = (await Promise.all(ofRuns)).flat();
  return placed.toSorted(([one], [other]) => one - other).map(([, body]) => body);
};

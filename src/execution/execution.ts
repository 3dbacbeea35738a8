import {
  defaultTypeResolver,
  type ExecutionResult,
  type GraphQLAbstractType,
  type GraphQLObjectType,
  OperationTypeNode,
} from "graphql";
import { type Batch, Children, ListNode, Position } from "./batch.ts";
import { Failures, missingError, noListError } from "./failures.ts";
import { type Args, PreparedFields } from "./prepared-fields.ts";
import { Pending, reasonOf } from "./pending.ts";
import type { Variables } from "./conditions.ts";
import type { FieldPlan, ListOutput, OperationPlan, OutputPlan, ResponseObject } from "./plan.ts";
import { type InfoFacts, ResolveInfo } from "./resolve-info.ts";
import { runtimeTypeOf, wrongTypeError } from "./runtime-type.ts";
import { isIterable, isPromise, memberOf } from "./values.ts";

export interface ExecutionOptions {
  readonly plan: OperationPlan;
  readonly variables: Variables;
  readonly rootValue: unknown;
  readonly contextValue: unknown;
  readonly signal: AbortSignal | undefined;
  readonly ownInfo: boolean;
}

/** Values of one field that came late, those of one turn of the event loop together. */
interface Arrivals {
  readonly batch: Batch;
  readonly field: FieldPlan;
  settled: { readonly index: number; readonly value: unknown; readonly isRejected: boolean }[];
}

/** One execution of an operation. It runs once. */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #facts: InfoFacts;
  readonly #prepared: PreparedFields;
  readonly #failures = new Failures();
  readonly #pending: Pending;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#facts = options;
    this.#prepared = new PreparedFields(options);
    this.#pending = new Pending(options.signal);
  }

  run(root: Batch): ExecutionResult | Promise<ExecutionResult> {
    const { signal, plan } = this.#options;
    if (this.#pending.isAborted) return Promise.reject(reasonOf(signal));
    if (plan.operation.operation === OperationTypeNode.MUTATION) return this.#runSerially(root);
    this.#runBatch(root);
    const result = () => this.#resultAt(root, 0);
    return this.#pending.isIdle ? result() : this.#pending.untilIdle().then(result);
  }

  /** Runs an operation that is not a mutation for every root object together; each has a result of its own. */
  runEach(root: Batch): readonly ExecutionResult[] | Promise<readonly ExecutionResult[]> {
    this.#runBatch(root);
    const results = () => root.sources.map((_source, index) => this.#resultAt(root, index));
    return this.#pending.isIdle ? results() : this.#pending.untilIdle().then(results);
  }

  async #runSerially(root: Batch): Promise<ExecutionResult> {
    for (const field of root.plan.fields) {
      if (root.isNulled(0)) break;
      this.#runField(root, field);
      if (!this.#pending.isIdle) await this.#pending.untilIdle();
    }
    return this.#resultAt(root, 0);
  }

  #resultAt(root: Batch, index: number): ExecutionResult {
    const data = root.isNulled(index) ? null : root.objectAt(index);
    const errors = this.#failures.of(index);
    return errors === undefined ? { data } : { errors, data };
  }

  #runBatch(batch: Batch): void {
    if (this.#pending.isAborted) return;
    for (const field of batch.plan.fields) this.#runField(batch, field);
  }

  /** Resolves a field for all objects of a batch, then runs what is selected below it. */
  #runField(batch: Batch, field: FieldPlan): void {
    const { sources, objects } = batch;
    const { key, output, resolve } = field;
    const { contextValue } = this.#options;
    let args: Args;
    try {
      args = field.args ?? this.#prepared.argumentsOf(field);
    } catch (error) {
      for (let index = 0; index < sources.length; index += 1)
        this.#failures.add(new Position(batch, index, field, null, 0), error);
      return;
    }
    const children = new Children();
    let arrivals: Arrivals | undefined;
    let info = this.#prepared.infoOf(field);
    for (let index = 0; index < sources.length; index += 1) {
      if (batch.isNulled(index)) continue;
      if (this.#options.ownInfo) info = new ResolveInfo(this.#facts, field);
      const source = sources[index];
      let value: unknown;
      try {
        value =
          resolve === undefined
            ? memberOf(source, field.definition.name, args, contextValue, () => info.at(batch, index))
            : resolve(source, args, contextValue, info.at(batch, index));
      } catch (error) {
        this.#failures.add(new Position(batch, index, field, null, 0), error);
        continue;
      }
      if (isPromise(value)) {
        arrivals ??= { batch, field, settled: [] };
        this.#collect(arrivals, index, value);
      } else if (value === null && output.nullable) {
        // The object begins with null in every place.
      } else if (output.kind === "leaf" && value !== null && value !== undefined && !(value instanceof Error)) {
        try {
          (objects[index] as ResponseObject)[key] = output.serialize(value);
        } catch (error) {
          this.#failures.add(new Position(batch, index, field, null, 0), error);
        }
      } else this.#complete(new Position(batch, index, field, null, 0), output, value, children);
    }
    this.#runChildren(children);
  }

  #runChildren({ batches }: Children): void {
    for (const batch of batches) this.#runBatch(batch);
  }

  /** Puts a value in its place; objects are added to `children`, to be run together. */
  #complete(position: Position, output: OutputPlan, value: unknown, children: Children): void {
    try {
      if (value instanceof Error) throw value;
      if (value === null || value === undefined) {
        if (!output.nullable) throw missingError(position.field);
        position.put(null);
      } else if (output.kind === "leaf") position.put(output.serialize(value));
      else if (output.kind === "list") this.#completeList(position, output, value, children);
      else if (output.kind === "object") this.#completeObject(position, output.type, value, children);
      else this.#completeAbstract(position, output.type, value, children);
    } catch (error) {
      this.#failures.add(position, error);
    }
  }

  #completeList(position: Position, output: ListOutput, value: unknown, children: Children): void {
    const { batch, index, field } = position;
    if (!isIterable(value)) {
      throw noListError(field);
    }
    const values = Array.isArray(value) ? (value as readonly unknown[]) : Array.from(value);
    const list = new ListNode(position, output, values.length);
    position.put(list.items);
    for (let at = 0; at < values.length && !list.isNulled; at += 1) {
      const item = values[at];
      const place = new Position(batch, index, field, list, at);
      if (isPromise(item)) {
        this.#await(place, item, (settled, later) => this.#complete(place, output.item, settled, later));
      } else this.#complete(place, output.item, item, children);
    }
  }

  #completeAbstract(position: Position, type: GraphQLAbstractType, value: unknown, children: Children): void {
    const { field } = position;
    const { plan, contextValue } = this.#options;
    const resolveType = type.resolveType ?? defaultTypeResolver;
    const name: unknown = resolveType(value, contextValue, this.#infoAt(position), type);
    const proceed = (settled: unknown, into: Children) =>
      this.#completeObject(position, runtimeTypeOf(settled, type, field, plan.schema), value, into);
    if (isPromise(name)) this.#await(position, name, proceed);
    else proceed(name, children);
  }

  #completeObject(position: Position, type: GraphQLObjectType, value: unknown, children: Children): void {
    if (type.isTypeOf == null) return this.#addChild(position, type, value, children);
    const isOfType: unknown = type.isTypeOf(value, this.#options.contextValue, this.#infoAt(position));
    const proceed = (settled: unknown, into: Children) => {
      if (!settled) throw wrongTypeError(type, position.field);
      this.#addChild(position, type, value, into);
    };
    if (isPromise(isOfType)) this.#await(position, isOfType, proceed);
    else proceed(isOfType, children);
  }

  #addChild(position: Position, type: GraphQLObjectType, value: unknown, children: Children): void {
    const { plan, variables } = this.#options;
    const batch = children.batchOf(type, () => plan.below(position.field, type, variables));
    position.put(batch.add(value));
    batch.positions.push(position);
  }

  /** What settles in the same turn goes on together: 500 loads of one field make one batch below it. */
  #collect(arrivals: Arrivals, index: number, value: PromiseLike<unknown>): void {
    this.#pending.add();
    const settle = (settled: unknown, isRejected: boolean) => {
      const { length } = arrivals.settled;
      arrivals.settled.push({ index, value: settled, isRejected });
      if (length === 0) queueMicrotask(() => this.#flush(arrivals));
    };
    value.then(
      (settled) => settle(settled, false),
      (error: unknown) => settle(error, true),
    );
  }

  #flush(arrivals: Arrivals): void {
    const { batch, field, settled } = arrivals;
    arrivals.settled = [];
    if (!this.#pending.isAborted) {
      const children = new Children();
      for (const { index, value, isRejected } of settled) {
        const position = new Position(batch, index, field, null, 0);
        if (isRejected) this.#failures.add(position, value);
        else if (!batch.isNulled(index)) this.#complete(position, field.output, value, children);
      }
      this.#runChildren(children);
    }
    this.#pending.settled(settled.length);
  }

  #await(
    position: Position,
    promise: PromiseLike<unknown>,
    proceed: (value: unknown, children: Children) => void,
  ): void {
    this.#pending.add();
    const fail = (error: unknown) => this.#failures.add(position, error);
    const go = (value: unknown) => {
      if (this.#pending.isAborted) return;
      const children = new Children();
      try {
        proceed(value, children);
      } catch (error) {
        fail(error);
      }
      this.#runChildren(children);
    };
    promise.then(go, fail).then(() => this.#pending.settled(1));
  }

  #infoAt({ batch, index, field }: Position) {
    const info = this.#options.ownInfo ? new ResolveInfo(this.#facts, field) : this.#prepared.infoOf(field);
    return info.at(batch, index);
  }
}

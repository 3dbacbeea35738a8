import type { FieldPlan, ListOutput, OutputPlan, ResponseObject, SelectionPlan } from "./plan.ts";

/** A place in the response: a field of an object, or an item of a list in that field. */
export class Position {
  /** The batch that holds the object. */
  readonly batch: Batch;
  /** Which object of the batch. */
  readonly index: number;
  readonly field: FieldPlan;
  /** Null: the field itself. */
  readonly list: ListNode | null;
  readonly listIndex: number;

  constructor(batch: Batch, index: number, field: FieldPlan, list: ListNode | null, listIndex: number) {
    this.batch = batch;
    this.index = index;
    this.field = field;
    this.list = list;
    this.listIndex = listIndex;
  }

  /** How a value here is completed. */
  get output(): OutputPlan {
    return this.list === null ? this.field.output : this.list.output.item;
  }

  /** The place of whatever holds this one; undefined for a field of the root. */
  get parent(): Position | undefined {
    return this.list === null ? this.batch.positions[this.index] : this.list.position;
  }

  put(value: unknown): void {
    if (this.list === null) this.batch.objectAt(this.index)[this.field.key] = value;
    else this.list.items[this.listIndex] = value;
  }
}

/** A list of the response, and the place it stands at. */
export class ListNode {
  readonly position: Position;
  readonly output: ListOutput;
  readonly items: unknown[] = [];
  /** Whether the list was replaced by null. */
  isNulled = false;

  constructor(position: Position, output: ListOutput, length: number) {
    this.position = position;
    this.output = output;
    while (this.items.length < length) this.items.push(null);
  }
}

/** Objects of one type that are completed together, with one selection: for each its source, its object in the response, its place. */
export class Batch {
  readonly plan: SelectionPlan;
  readonly sources: unknown[] = [];
  readonly objects: ResponseObject[] = [];
  /** Empty for the root. */
  readonly positions: Position[] = [];
  #nulled: Set<number> | undefined;

  constructor(plan: SelectionPlan) {
    this.plan = plan;
  }

  /** Adds an object, empty as yet, and returns it. */
  add(source: unknown): ResponseObject {
    const object = { ...this.plan.template };
    this.sources.push(source);
    this.objects.push(object);
    return object;
  }

  objectAt(index: number): ResponseObject {
    return this.objects[index] as ResponseObject;
  }

  /** Records that an object was replaced by null. */
  markNulled(index: number): void {
    this.#nulled ??= new Set();
    this.#nulled.add(index);
  }

  isNulled(index: number): boolean {
    return this.#nulled !== undefined && this.#nulled.has(index);
  }
}

/** Objects that a field holds, in a batch for each of their types. */
export class Children {
  readonly batches: Batch[] = [];

  /** The batch of a type; `select` makes what is selected on it. */
  batchOf(type: SelectionPlan["type"], select: () => SelectionPlan): Batch {
    const { batches } = this;
    for (const batch of batches) if (batch.plan.type === type) return batch;
    const batch = new Batch(select());
    batches.push(batch);
    return batch;
  }
}

/** Whether an ancestor was replaced by null: nothing below it is in the response. */
export const isBelowNull = (position: Position): boolean => {
  for (let at: Position | undefined = position; at !== undefined; at = at.parent) {
    if (at.list === null ? at.batch.isNulled(at.index) : at.list.isNulled) return true;
  }
  return false;
};

/** Which root object holds a place. */
export const rootIndexOf = (position: Position): number => {
  let top = position;
  for (let at: Position | undefined = position; at !== undefined; at = at.parent) top = at;
  return top.index;
};

/** Keys and indices from the root to a place. */
export const pathTo = (position: Position): (string | number)[] => {
  const path: (string | number)[] = [];
  for (let at: Position | undefined = position; at !== undefined; at = at.parent) {
    path.push(at.list === null ? at.field.key : at.listIndex);
  }
  return path.toReversed();
};

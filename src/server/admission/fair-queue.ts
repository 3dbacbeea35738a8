/** Serves callers round robin, and the items of one caller in order. */
export class FairQueue<Item> {
  readonly #items = new Map<string, Item[]>();

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  add(key: string, item: Item): void {
    const items = this.#items.get(key);
    if (items === undefined) this.#items.set(key, [item]);
    else items.push(item);
  }

  /** Removes and returns an item of the caller that has waited longest for its turn, among those that may have one. */
  next(mayHave: (key: string) => boolean = () => true): Item | undefined {
    for (const [key, items] of this.#items) {
      if (!mayHave(key)) continue;
      const item = items.shift();
      // A caller that had its turn is behind all others.
      this.#items.delete(key);
      if (items.length > 0) this.#items.set(key, items);
      return item;
    }
    return undefined;
  }
}

/** Serves callers round robin, and the senders of one caller round robin. */
export class FairQueues<Item> {
  readonly #queues = new Map<string, FairQueue<Item>>();

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  add(caller: string, sender: string, item: Item): void {
    const queue = this.#queues.get(caller) ?? new FairQueue<Item>();
    this.#queues.set(caller, queue);
    queue.add(sender, item);
  }

  next(): Item | undefined {
    for (const [caller, queue] of this.#queues) {
      const item = queue.next();
      this.#queues.delete(caller);
      if (!queue.isEmpty) this.#queues.set(caller, queue);
      return item;
    }
    return undefined;
  }
}

/**
 * Values that come and go with requests, by key. A map whose entries come and go is copied again and again, and V8 lets each copy point at
 * the next one: one that has become old keeps all later ones, with everything in them, until the next collection of old objects. So
 * what is removed is taken out of its entry, too.
 */
export class InFlight<Value> {
  readonly #entries = new Map<string, { value: Value | undefined }>();

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Adds a value, in place of another one with this key; the result removes it, unless another one took its place. */
  add(key: string, value: Value): () => void {
    const entry: { value: Value | undefined } = { value };
    this.#entries.set(key, entry);
    return () => {
      entry.value = undefined;
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
  }
}

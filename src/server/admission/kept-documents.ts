import { CallerMemory } from "./caller-memory.ts";
import { rejection } from "./operation-rejected.ts";
import type { AdmittedOperation } from "./admission.ts";
import type { Release } from "./quotas.ts";
import { quotaKey } from "../identity/quota-key.ts";

/** What the open subscriptions of all callers may keep in memory. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;
/** A character of a document becomes a part of a token, a node and a plan. */
const BYTES_PER_CHARACTER = 28;
/** What identical subscriptions share has its document once more, with its variables, as text. */
const BYTES_PER_KEY_CHARACTER = 2;
/** Shorter ones are not counted, and cost nothing to count: `CallerMemory` does not count what they take either. */
const MAX_SHORT_LENGTH = 2_048;

const MESSAGE = "The documents of this caller's open subscriptions are too long together; use fewer or shorter ones.";

/** Something that subscriptions of one caller keep. */
interface Kept {
  subscriptions: number;
  readonly release: Release;
}

/**
 * Bounds the memory that documents of open subscriptions take. What subscriptions of one caller share is counted once: identical ones
 * share everything, and those that differ in their variables the parsed document.
 */
export class KeptDocuments {
  readonly #memory = new CallerMemory(
    MAX_KEPT_BYTES,
    rejection("TOO_MANY_SUBSCRIPTIONS", MESSAGE, { extensions: { http: { headers: { "retry-after": "1" } } } }),
  );
  readonly #kept = new Map<string, Map<unknown, Kept>>();

  /**
   * Counts what a subscription keeps, which `key` identifies, until the function that is returned is called; undefined if it is little.
   *
   * @throws OperationRejected if its caller keeps too much.
   */
  keep({ text, definition, caller }: AdmittedOperation, key: string): Release | undefined {
    if (text.length <= MAX_SHORT_LENGTH && key.length <= MAX_SHORT_LENGTH) return undefined;
    const owner = quotaKey(caller);
    return this.#hold(owner, key, () => {
      const releaseDocument = this.#hold(owner, definition, () => this.#take(owner, text.length * BYTES_PER_CHARACTER));
      try {
        const releaseKey = this.#take(owner, key.length * BYTES_PER_KEY_CHARACTER);
        return () => {
          releaseKey();
          releaseDocument();
        };
      } catch (error) {
        releaseDocument();
        throw error;
      }
    });
  }

  /** Takes memory for something that subscriptions of a caller share, unless one of them has done so. */
  #hold(owner: string, shared: unknown, take: () => Release): Release {
    const kept = this.#kept.get(owner)?.get(shared) ?? this.#add(owner, shared, take());
    kept.subscriptions += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      kept.subscriptions -= 1;
      if (kept.subscriptions === 0) this.#remove(owner, shared);
    };
  }

  #add(owner: string, shared: unknown, release: Release): Kept {
    const kept = { subscriptions: 0, release };
    this.#kept.set(owner, (this.#kept.get(owner) ?? new Map<unknown, Kept>()).set(shared, kept));
    return kept;
  }

  #remove(owner: string, shared: unknown): void {
    const ofOwner = this.#kept.get(owner);
    ofOwner?.get(shared)?.release();
    ofOwner?.delete(shared);
    if (ofOwner?.size === 0) this.#kept.delete(owner);
  }

  #take(owner: string, bytes: number): Release {
    const { take, release } = this.#memory.share(owner);
    take(bytes);
    return release;
  }
}

import type { CallerMemoryShare } from "../http/body.ts";
import { type OperationRejected, rejection } from "./operation-rejected.ts";

/** Requests and responses of all callers that may be in memory at the same time. */
export const MAX_CALLER_BYTES = 64 * 1024 * 1024;
/** What a request or a response may take in any case: a caller has no more of them than it may have operations in progress. */
export const SMALL_BYTES = 64 * 1024;

const MESSAGE = "The requests and responses of this caller that are in memory are too many bytes; try again later.";

const tooMany = rejection("TOO_MANY_REQUESTS", MESSAGE, {
  extensions: { http: { headers: { "retry-after": "1" } } },
});

/**
 * Bounds the memory that requests and responses take, from their first byte until the client has read the last one. A caller may take as
 * much as is free: alone it gets half of all, a second one half of the rest, and there is always something left for the next one.
 */
export class CallerMemory {
  readonly #max: number;
  readonly #taken = new Map<string, number>();
  readonly #full: OperationRejected;
  #total = 0;

  /** `full` is thrown where a caller may take no more. */
  constructor(max: number, full: OperationRejected = tooMany) {
    this.#max = max;
    this.#full = full;
  }

  /** Returns the share of one request of a caller; it has taken nothing yet. */
  share(key: string): CallerMemoryShare {
    let [own, counted] = [0, 0];
    return {
      take: (bytes) => {
        if (own + bytes > SMALL_BYTES) {
          const more = own + bytes - counted;
          if ((this.#taken.get(key) ?? 0) + more > this.#max - this.#total) throw this.#full;
          this.#add(key, more);
          counted += more;
        }
        own += bytes;
      },
      release: () => {
        if (counted > 0) this.#add(key, -counted);
        [own, counted] = [0, 0];
      },
    };
  }

  #add(key: string, bytes: number): void {
    this.#total += bytes;
    const taken = (this.#taken.get(key) ?? 0) + bytes;
    if (taken > 0) this.#taken.set(key, taken);
    else this.#taken.delete(key);
  }
}

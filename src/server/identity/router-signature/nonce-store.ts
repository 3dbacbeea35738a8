/** The nonce store cannot determine whether a signature was used before. */
export class SignatureStoreUnavailable extends Error {
  override readonly name = "SignatureStoreUnavailable";
}

/** How many seconds a signature is valid before and after its timestamp. */
export const WINDOW_SECONDS = 60;

/** Stores the nonces of used signatures for as long as the signatures are valid. */
export interface NonceStore {
  /**
   * Stores a nonce and returns whether this is its first use. `at` is the signature's timestamp in seconds.
   *
   * @throws SignatureStoreUnavailable if that cannot be determined.
   */
  readonly claim: (nonce: string, at: number) => Promise<boolean>;
}

const MAX_NONCES = 500_000;

/** Creates a store in the memory of this process. `now` returns milliseconds since 1970 UTC. */
export const createMemoryNonceStore = (now: () => number, max = MAX_NONCES): NonceStore => {
  const byTime = new Map<number, Set<string>>();
  let size = 0;
  const removeExpired = () => {
    const oldest = Math.floor(now() / 1000) - WINDOW_SECONDS;
    for (const [at, nonces] of byTime) {
      if (at >= oldest) continue;
      byTime.delete(at);
      size -= nonces.size;
    }
  };
  return {
    async claim(nonce, at) {
      const known = byTime.get(at);
      if (known?.has(nonce) === true) return false;
      removeExpired();
      if (size >= max)
        throw new SignatureStoreUnavailable(
          `The store must hold at most ${max} nonces; received more within the validity of a signature.`,
        );
      byTime.set(at, (byTime.get(at) ?? new Set()).add(nonce));
      size += 1;
      return true;
    },
  };
};

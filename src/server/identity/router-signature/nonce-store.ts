/** That a signature was not used before cannot be known now. */
export class SignatureStoreUnavailable extends Error {
  override readonly name = "Unchecked";
}

/** For how many seconds a signature is good, before and behind the time in it. */
export const WINDOW_SECONDS = 60;

/** Remembers which signatures were used, for as long as they are good. */
export interface NonceStore {
  /** Whether this is its first use; rejects with Unchecked where that cannot be known. `at` is the time in it, in seconds. */
  readonly claim: (nonce: string, at: number) => Promise<boolean>;
}

const MOST = 500_000;

/** Those of this process. `now` is in milliseconds. */
export const createMemoryNonceStore = (now: () => number, most = MOST): NonceStore => {
  const byTime = new Map<number, Set<string>>();
  let size = 0;
  const forget = () => {
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
      forget();
      if (size >= most)
        throw new SignatureStoreUnavailable(`More than ${most} requests came within the time a signature is good for.`);
      byTime.set(at, (byTime.get(at) ?? new Set()).add(nonce));
      size += 1;
      return true;
    },
  };
};

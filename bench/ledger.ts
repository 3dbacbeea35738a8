import { request } from "undici";

interface Told {
  readonly marker: number;
  readonly entries: readonly { readonly operation: string }[];
}

/** What the sandbox received since a place in its ledger. */
export const createLedgerReader = (url: string) => {
  const read = async (since: number): Promise<Told> => {
    const { body } = await request(`${url}/_sandbox/ledger?since=${since}`);
    return (await body.json()) as Told;
  };
  return {
    /** The place where the ledger ends, which is also the number of all requests. */
    marker: async (): Promise<number> => (await read(Number.MAX_SAFE_INTEGER)).marker,
    /** The operations since then, sorted by name. */
    since: async (marker: number): Promise<readonly string[]> =>
      (await read(marker)).entries.map(({ operation }) => operation).toSorted(),
  };
};

export type LedgerReader = ReturnType<typeof createLedgerReader>;

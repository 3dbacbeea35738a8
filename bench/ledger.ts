import { request } from "undici";

interface LedgerPage {
  readonly marker: number;
  readonly entries: readonly { readonly operation: string }[];
}

/** Reads what the sandbox received since a position in its ledger. */
export const createLedgerReader = (url: string) => {
  const read = async (since: number): Promise<LedgerPage> => {
    const { body } = await request(`${url}/_sandbox/ledger?since=${since}`);
    return (await body.json()) as LedgerPage;
  };
  return {
    /** Returns the end of the ledger, which is also the number of all requests. */
    marker: async (): Promise<number> => (await read(Number.MAX_SAFE_INTEGER)).marker,
    /** Returns the operations since that position, sorted by name. */
    since: async (marker: number): Promise<readonly string[]> =>
      (await read(marker)).entries.map(({ operation }) => operation).toSorted(),
  };
};

export type LedgerReader = ReturnType<typeof createLedgerReader>;

import type { ClientResult, EndReason } from "./result.ts";

/** The operation that a connection carries. */
export interface WireRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  /** Members of the request beside the query, such as the hash of a stored document. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  /** The variables; those of a subscription contain the newest position, if its document has a variable for it. */
  readonly variables: () => Readonly<Record<string, unknown>>;
  /** The position that the document has no variable for; null if there is none. */
  readonly position: () => string | null;
  /** Whether the position travels beside the document: such a subscription does not share its connection. */
  readonly hasOwnConnection: boolean;
}

/** What a connection reports. After `end` it reports nothing more. */
export interface WireEvents {
  /** The server has accepted the caller. */
  readonly open: () => void;
  /** `cursor` is the position after the result, if the transport carries it. */
  readonly result: (result: ClientResult<unknown>, cursor?: string) => void;
  /** Everything before this position is either delivered or does not match the filter. */
  readonly checkpoint: (cursor: string) => void;
  readonly end: (reason: EndReason) => void;
}

/** Opens one connection for a subscription and returns a function that closes it. */
export type Connect = (request: WireRequest, events: WireEvents) => () => void;

/**
 * Headers that identify the caller, asked for at each connection. `isRefused` says that the server has just refused or expired the
 * ones before: a cached token must not be returned again.
 */
export type Credentials = (context: { readonly isRefused: boolean }) => CredentialHeaders | Promise<CredentialHeaders>;

/** Headers that identify the caller, such as `{ authorization: "Bearer …" }`. */
export type CredentialHeaders = Readonly<Record<string, string>>;

/** Credentials that know whether the server has refused the last ones. */
export interface CredentialSource {
  readonly read: () => Promise<CredentialHeaders>;
  readonly refuse: () => void;
}

/** Creates a source of credentials; without a function there are no headers. */
export const createCredentialSource = (credentials?: Credentials): CredentialSource => {
  let isRefused = false;
  return {
    async read() {
      const context = { isRefused };
      isRefused = false;
      return (await credentials?.(context)) ?? {};
    },
    refuse() {
      isRefused = true;
    },
  };
};

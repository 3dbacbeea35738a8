import { GatewayError } from "./errors.ts";
import type { GatewayRequest } from "./request.ts";
import { isRead, type Layer } from "./resilience/chain.ts";

/** The AuthTokens of an account. */
export interface Tokens {
  readonly account: string;
  /** Tokens of devices, by serial number. A call that names exactly one device carries the token of that device. */
  readonly devices: ReadonlyMap<string, string>;
}

/** Returns the tokens in use. A token that the gateway refused is passed in, so that the source reads its tokens again. Never rejects. */
export type TokenSource = (refused?: string) => Tokens | Promise<Tokens>;

/** Returns the token that a request is sent with. */
export const tokenFor = ({ account, devices }: Tokens, { device }: GatewayRequest): string =>
  (device === null ? undefined : devices.get(device)) ?? account;

/** Adds the token to requests. A read whose token was refused is sent once more if the source has another token by then. */
export const authorize =
  (source: TokenSource): Layer =>
  (next) =>
  async (attempt) => {
    const token = tokenFor(await source(), attempt.request);
    try {
      return await next({ ...attempt, token });
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "UPSTREAM_UNAUTHENTICATED") throw error;
      const replacement = tokenFor(await source(token), attempt.request);
      if (replacement === token || !isRead(attempt)) throw error;
      return next({ ...attempt, token: replacement });
    }
  };

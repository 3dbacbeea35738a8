import type { Logger } from "../../runtime/logger.ts";
import type { HttpContext } from "../http/context.ts";
import type { AuthenticatedContext } from "./caller.ts";
import { sendGraphQLError } from "../http/respond.ts";
import type { ClientAddressOf } from "../http/client-address.ts";
import { credentialFromHeaders } from "./credentials.ts";
import type { Identify } from "./identify.ts";
import { AuthenticationError } from "./authentication-error.ts";

/** Finds out who asks; null where that was refused, and answered. */
export type Authenticate = (exchange: HttpContext) => Promise<AuthenticatedContext | null>;

const MESSAGE = "Send a valid API key or token.";

/** What is answered, whatever is wrong with a credential. */
export const UNAUTHENTICATED = { errors: [{ message: MESSAGE, extensions: { code: "UNAUTHENTICATED" } }] };

/** Why is told to the log and to nobody else. */
export const createAuthenticate =
  (identify: Identify, sourceOf: ClientAddressOf, logger: Logger): Authenticate =>
  async (exchange) => {
    try {
      const identity = await identify(credentialFromHeaders(exchange.request));
      return { ...exchange, identity, address: sourceOf(exchange.request) };
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      logger.warn({ requestId: exchange.id, reason: error.message }, "caller refused");
      sendGraphQLError(exchange, 401, "UNAUTHENTICATED", MESSAGE, { "www-authenticate": "Bearer" });
      return null;
    }
  };

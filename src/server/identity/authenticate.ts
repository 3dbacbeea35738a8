import type { Logger } from "../../runtime/logger.ts";
import type { HttpContext } from "../http/context.ts";
import { type AuthenticatedContext, callerFields } from "./caller.ts";
import { lineOf } from "../http/log-lines.ts";
import { sendGraphQLError } from "../http/respond.ts";
import { credentialFromHeaders, type PresentedCredential } from "./credentials.ts";
import type { Identify } from "./identify.ts";
import { AuthenticationError } from "./authentication-error.ts";

/** Authenticates a request. Resolves to null if that failed; the response was sent in that case. */
export type Authenticate = (
  context: HttpContext,
  /** @default the one in the headers */
  credential?: PresentedCredential,
) => Promise<AuthenticatedContext | null>;

const MESSAGE = "Send a valid API key or token.";

/** The response to a request without a valid credential, whatever the reason. */
export const UNAUTHENTICATED = { errors: [{ message: MESSAGE, extensions: { code: "UNAUTHENTICATED" } }] };

/** Creates the authenticator of HTTP requests. Only the log contains the reason of a failure. */
export const createAuthenticate =
  (identify: Identify, logger: Logger): Authenticate =>
  async (context, credential = credentialFromHeaders(context.request)) => {
    try {
      const identity = await identify(credential);
      context.note(callerFields(identity));
      return Object.assign(context, { identity });
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      logger.warn({ ...lineOf(context), reason: error.message }, "caller refused");
      sendGraphQLError(context, "UNAUTHENTICATED", MESSAGE, { headers: { "www-authenticate": "Bearer" } });
      return null;
    }
  };

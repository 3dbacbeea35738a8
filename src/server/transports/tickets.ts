import { GraphQLError } from "graphql";
import type { Sealer } from "../../runtime/sealer.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Entrance } from "../admission/entrance.ts";
import { OperationRejected } from "../admission/operation-rejected.ts";
import type { Executor } from "../execution/executor.ts";
import { handleOperation } from "../execution/operation.ts";
import { bodyOf } from "../http/body.ts";
import type { Handle, HttpContext } from "../http/context.ts";
import { checkContentType, type GraphQLParams, parseBody } from "../http/request.ts";
import { sendBadRequest, sendGraphQLError, sendJson } from "../http/respond.ts";
import type { Authenticate } from "../identity/authenticate.ts";
import type { AdmittedContext, AuthenticatedContext } from "../identity/caller.ts";
import { type IdentityReference, referenceOf } from "../identity/reference.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import { POSITION_PARAMETER } from "./sse.ts";

/** How long tickets last. */
export interface TicketTuning {
  /** Milliseconds in which a browser can connect with a ticket, again and again. */
  readonly ttlMs: number;
}

/** What tickets need. */
export interface TicketOptions extends Partial<TicketTuning> {
  readonly executor: Executor;
  readonly subscriptions: Subscriptions;
  readonly authenticate: Authenticate;
  readonly entrance: Entrance;
  /** Serves the stream of a ticket. */
  readonly sse: (context: AdmittedContext, params: GraphQLParams) => Promise<void>;
  readonly sealer: Sealer;
  /** Returns the URL of streams, to which the ticket is added; called for each ticket. */
  readonly streamUrl: () => string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** The handlers of tickets. */
export interface Tickets {
  /** Issues a ticket for the subscription in the body. */
  readonly issue: Handle;
  /** Serves the subscription of the ticket in the query string. */
  readonly stream: Handle;
}

/** The content of a ticket. */
interface TicketContent {
  readonly caller: IdentityReference;
  readonly params: GraphQLParams;
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number;
}

const MAX_TICKET_REQUEST_BYTES = 64 * 1024;
/** Servers and proxies accept URLs of 8 KiB. */
const MAX_TICKET_LENGTH = 7_000;

const badRequest = (message: string) => new GraphQLError(message, { extensions: { code: "BAD_REQUEST" } });

const UNUSABLE = "The ticket is not valid, or no longer; request a new one.";
/** The position of a stream is no part of its document. */
const PARAMETERS: ReadonlySet<string> = new Set(["ticket", POSITION_PARAMETER]);
const NOT_ALONE = "The query string must be one `ticket`, which contains the document and its variables.";
const TOO_LARGE =
  `A ticket may have at most ${MAX_TICKET_LENGTH} characters, so that it fits into a URL; use a persisted document or ` +
  "fewer variables.";

/**
 * Tickets for `EventSource`, which cannot send headers: a URL that serves one subscription to the caller who asked for it, for an hour.
 * Nothing is stored. A ticket holds no credential: the key or token of its caller is looked up again at each connection.
 */
export const createTickets = (options: TicketOptions): Tickets => {
  const { executor, subscriptions, authenticate, entrance, sse, sealer, streamUrl, now, ttlMs = 3_600_000 } = options;

  const issue = async (context: AuthenticatedContext, params: GraphQLParams): Promise<void> => {
    const subscribe = async (operation: AdmittedOperation) => {
      // A browser cannot read why a stream is rejected: whatever can be known now is reported now.
      await subscriptions.validate(operation);
      const { identity } = context;
      const expiresAt = Math.min(now() + ttlMs, identity.expiresAt ?? Number.POSITIVE_INFINITY);
      const content: TicketContent = { caller: referenceOf(identity), params, expiresAt };
      const ticket = sealer.seal(JSON.stringify(content));
      if (ticket.length > MAX_TICKET_LENGTH) throw badRequest(TOO_LARGE);
      const url = `${streamUrl()}?ticket=${ticket}`;
      sendJson(context, 200, { url, ticket, expiresAt: new Date(expiresAt).toISOString() });
    };
    await handleOperation(executor, params, context, {
      subscribe,
      execute: () => {
        throw badRequest("A ticket is for a subscription; send other operations to /graphql.");
      },
      reject: ({ body, status, headers }) => sendJson(context, status, body, headers),
    });
  };

  const contentOf = ({ search }: HttpContext): TicketContent | null => {
    const text = sealer.open(search.get("ticket") ?? "");
    const content = text === null ? null : (JSON.parse(text) as TicketContent);
    return content !== null && content.expiresAt > now() ? content : null;
  };

  /** Receives and serves what an authenticated caller requests, within its limits and in its turn. */
  const serve = async <Received>(context: AuthenticatedContext, ...steps: ServeSteps<Received>): Promise<void> => {
    try {
      await entrance.serve(context, ...steps);
    } catch (error) {
      if (error instanceof OperationRejected) {
        const { status, body, headers } = executor.format({ errors: error.errors }, context);
        return sendJson(context, status, body, headers);
      }
      sendBadRequest(context, error);
    }
  };

  return {
    async issue(context) {
      if (context.request.method !== "POST") return refuseMethod(context, "POST");
      if (!(await entrance.arrive(context))) return;
      const authenticated = await authenticate(context);
      if (authenticated !== null) await serve(authenticated, receive, (each, body) => issue(each, parseBody(body)));
    },
    async stream(context) {
      if (context.request.method !== "GET") return refuseMethod(context, "GET");
      const { search } = context;
      const isAlone = [...search.keys()].every((name) => PARAMETERS.has(name));
      if (!isAlone || search.getAll("ticket").length !== 1) return sendGraphQLError(context, "BAD_REQUEST", NOT_ALONE);
      if (!(await entrance.arrive(context))) return;
      const content = contentOf(context);
      if (content === null) return sendGraphQLError(context, "UNAUTHENTICATED", UNUSABLE);
      const authenticated = await authenticate(context, { kind: "reference", reference: content.caller });
      if (authenticated !== null) await serve(authenticated, async () => content.params, sse);
    },
  };
};

/** What the entrance does with a request: receives it, and responds. */
type ServeSteps<Received> = [
  receive: (context: AdmittedContext) => Promise<Received>,
  respond: (context: AdmittedContext, received: Received) => Promise<void>,
];

/** @throws BadRequestError */
const receive = async (context: AdmittedContext): Promise<Buffer> => {
  checkContentType(context.request);
  return bodyOf(context, MAX_TICKET_REQUEST_BYTES);
};

const refuseMethod = (context: HttpContext, allow: string): void =>
  sendGraphQLError(context, "BAD_REQUEST", `The method must be ${allow}.`, { status: 405, headers: { allow } });

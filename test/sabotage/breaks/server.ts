import type { Break } from "../break.ts";

const SHARED = ["test/server/execution/shared-executions.test.ts"];
const RIGHTS = ["test/server/identity/shared-rights.test.ts"];
const IDENTITY = ["test/server/identity/identity.test.ts", "test/server/identity/callers.test.ts"];
const JWT = ["test/server/identity/jwt.test.ts"];
const COST = ["test/server/admission/cost.test.ts"];
const PERSISTED = ["test/server/admission/persisted.test.ts"];
const TICKETS = ["test/server/transports/tickets.test.ts"];
const RESUME = ["test/server/transports/socket-resume.test.ts"];
const DRAIN = ["test/stories/drain.test.ts"];
const SECRETS = ["test/runtime/runtime.test.ts", "test/runtime/secrets.test.ts"];
const HEADERS = [
  "test/server/http/server.test.ts",
  "test/server/transports/graphql.test.ts",
  "test/wall/serving.test.ts",
];
const OUTBOUND = ["test/runtime/outbound.test.ts"];

/** Promises about callers, admission and the life of a server. */
export const SERVER_BREAKS: readonly Break[] = [
  {
    title: "each credential of an address has a turn of its own before it is verified",
    file: "src/server/admission/entrance.ts",
    from: "arrivals.enter(networkKey(context.address), credentialOf(context))",
    to: "arrivals.enter(credentialOf(context))",
    tests: ["test/server/admission/fairness.test.ts"],
  },
  {
    title: "responses have no security headers",
    file: "src/server/http/response.ts",
    from: '[...SECURITY_LIST, "x-request-id", this.requestId]',
    to: '["x-request-id", this.requestId]',
    tests: HEADERS,
  },
  {
    title: "responses with a header that is set before have no security headers",
    file: "src/server/http/response.ts",
    from: "if (!this.hasHeader(name)) this.setHeader(name, value);",
    to: "void value;",
    tests: HEADERS,
  },
  {
    title: "subscribers with other rights share rendered events",
    file: "src/server/subscriptions/open-subscription.ts",
    from: "shared, rightsOf(viewer)]);",
    to: "shared]);",
    tests: [...IDENTITY, "test/stories/live.test.ts"],
  },
  {
    title: "subscribers with other variables share rendered events",
    file: "src/server/subscriptions/open-subscription.ts",
    from: "shared, rightsOf(viewer)]);",
    to: "rightsOf(viewer)]);",
    tests: ["test/stories/live.test.ts"],
  },
  {
    title: "queries of callers with other rights share an execution",
    file: "src/server/execution/executor.ts",
    from: "JSON.stringify([generation, account, name, scopes, params.variables])",
    to: "JSON.stringify([generation, account, params.variables])",
    tests: RIGHTS,
  },
  {
    title: "queries with other variables share an execution",
    file: "src/server/execution/executor.ts",
    from: "JSON.stringify([generation, account, name, scopes, params.variables])",
    to: "JSON.stringify([generation, account, name, scopes])",
    tests: SHARED,
  },
  {
    title: "a scope that is missing is granted",
    file: "src/schema/kernel/viewer.ts",
    from: "if (scopes.every((scope) => viewer.scopes.includes(scope))) return;",
    to: "if (scopes.every((scope) => scope !== null || viewer.scopes.includes(scope))) return;",
    tests: [...RIGHTS, ...IDENTITY],
  },
  {
    title: "an expired token is accepted",
    file: "src/server/identity/token.ts",
    from: 'if (expiresAt <= now) throw new AuthenticationError("a token that has expired");',
    to: "",
    tests: JWT,
  },
  {
    title: "a stream outlives the token of its caller",
    file: "src/server/identity/expiry.ts",
    from: 'for (const end of ends) end("token expired");',
    to: "",
    tests: [...JWT, ...IDENTITY],
  },
  {
    title: "a stream outlives the key of its caller",
    file: "src/server/identity/expiry.ts",
    from: 'for (const [end, isRevoked] of revocable) if (isRevoked()) end("Forbidden");',
    to: "",
    tests: IDENTITY,
  },
  {
    title: "a router needs no signature",
    file: "src/server/identity/router-signature/guard.ts",
    from: "if (await isSigned(context, body)) return await handle(context);",
    to: "if (body !== null) return await handle(context);",
    tests: ["test/server/identity/router-signature.test.ts"],
  },
  {
    title: "variables do not count in the cost",
    file: "src/server/admission/cost.ts",
    from: "uses.length === 0 ? count(read({})) : ({ variables }) => count(read(variables));",
    to: "uses.length >= 0 ? count(read({})) : ({ variables }) => count(read(variables));",
    tests: COST,
  },
  {
    title: "the size of a page does not count in the cost",
    file: "src/server/admission/cost.ts",
    from: "return sum([weight ?? 1, fixed, times(sizeOf(node, field), row)]);",
    to: "return sum([weight ?? 1, fixed, row]);",
    tests: COST,
  },
  {
    title: "a document that differs from the stored one is executed",
    file: "src/server/admission/persisted.ts",
    from: 'if (found !== undefined && params.query !== "" && params.query !== found.text) throw mismatch();',
    to: "",
    tests: PERSISTED,
  },
  {
    title: "a document that is not stored is executed",
    file: "src/server/admission/persisted.ts",
    from: "if (only) throw required();",
    to: "",
    tests: PERSISTED,
  },
  {
    title: "the limit on commands of a minute is not enforced",
    file: "src/server/admission/quotas.ts",
    from: "if (seconds > 0) throw tooFrequent(kind, limits[kind], seconds);",
    to: "",
    tests: ["test/server/identity/callers.test.ts", "test/server/transports/statuses.test.ts"],
  },
  {
    title: "a mutation is executed by GET",
    file: "src/server/execution/executor.ts",
    from: 'if (operation === OperationTypeNode.MUTATION && method === "GET") throw new OperationRejected([mutationByGet()]);',
    to: "",
    tests: ["test/server/transports/graphql.test.ts", "test/server/transports/statuses.test.ts"],
  },
  {
    title: "an unexpected error reveals its cause",
    file: "src/server/execution/errors.ts",
    from: 'return reworded(error, "Unexpected error.", { code: "INTERNAL_SERVER_ERROR" }, cause);',
    to: 'return reworded(error, String(cause), { code: "INTERNAL_SERVER_ERROR" }, cause);',
    tests: ["test/server/execution/errors.test.ts"],
  },
  {
    title: "a member with a secret is logged",
    file: "src/runtime/redact.ts",
    from: 'isSecretName(name) && !isCount(name, member) ? "[redacted]" : redact(member, depth + 1),',
    to: "redact(member, depth + 1),",
    tests: SECRETS,
  },
  {
    title: "the value of a secret is logged",
    file: "src/runtime/redact.ts",
    from: 'scrubbed.replaceAll(secret, "[redacted]")',
    to: 'scrubbed.replaceAll(secret + " ", "[redacted]")',
    tests: SECRETS,
  },
  {
    title: "a URL of a client leads into the private network",
    file: "src/runtime/outbound.ts",
    from: "addresses.some(({ address }) => !permits(hostname, address))",
    to: "addresses.some(({ address }) => !permits(hostname, address) && false)",
    tests: OUTBOUND,
  },
  {
    title: "a URL of a client needs no allowed prefix",
    file: "src/runtime/outbound.ts",
    from: "return url !== null && isAllowed(url);",
    to: "return url !== null;",
    tests: OUTBOUND,
  },
  {
    title: "a signed link may be changed",
    file: "src/runtime/signed-link.ts",
    from: "if (!isEqual(received, signature(path, expires, claims))) return null;",
    to: "",
    tests: ["test/runtime/runtime.test.ts", "test/server/routes/links.test.ts"],
  },
  {
    title: "a ticket never expires",
    file: "src/server/transports/tickets.ts",
    from: "content.expiresAt > now()",
    to: "content.expiresAt > 0",
    tests: TICKETS,
  },
  {
    title: "a ticket is not validated when it is issued",
    file: "src/server/transports/tickets.ts",
    from: "await subscriptions.validate(operation);",
    to: "",
    tests: TICKETS,
  },
  {
    title: "every secret seals with the same key",
    file: "src/runtime/sealer.ts",
    from: 'hkdfSync("sha256", secret,',
    to: 'hkdfSync("sha256", "x",',
    tests: [...TICKETS, "test/runtime/sealer.test.ts"],
  },
  {
    title: "the position of a connection is ignored",
    file: "src/server/transports/websocket/connection.ts",
    from: "return after === undefined ? undefined : { cursor: after, replaces: false };",
    to: "return undefined;",
    tests: RESUME,
  },
  {
    title: "a position of another type than text is no position",
    file: "src/server/transports/websocket/connection.ts",
    from: 'return typeof value === "string" ? value : JSON.stringify(value);',
    to: 'return typeof value === "string" ? value : undefined;',
    tests: RESUME,
  },
  {
    title: "the position of a connection replaces the argument",
    file: "src/server/transports/websocket/connection.ts",
    from: "{ cursor: after, replaces: false }",
    to: "{ cursor: after, replaces: true }",
    tests: RESUME,
  },
  {
    title: "a server that stops waits for no quiet moment",
    file: "src/server/http/server-closer.ts",
    from: "await quietMoment(server);",
    to: "",
    tests: ["test/server/http/server.test.ts", "test/deploy/rollout.test.ts"],
  },
  {
    title: "a server that stops says that it is ready",
    file: "src/app/app.ts",
    from: 'reasons: stopping !== undefined ? ["The server is stopping."] : ofAll(',
    to: "reasons: stopping !== undefined ? [] : ofAll(",
    tests: DRAIN,
  },
  {
    title: "a server without its log says that it is ready",
    file: "src/app/account.ts",
    from: "return problem === null ? [] : [problem];",
    to: "return problem === null ? [] : [];",
    tests: DRAIN,
  },
  {
    title: "a query that waits for the gateway keeps its slot",
    file: "src/server/admission/slots.ts",
    from: "      this.#watchExpiry();\n    });\n  }",
    to: "    });\n  }",
    tests: ["test/server/admission/fairness.test.ts"],
  },
  {
    title: "what is remembered of invalid documents keeps all that validated them",
    file: "src/server/admission/admission.ts",
    from: 'error.stack = "";',
    to: "void error;",
    tests: ["test/server/admission/documents.test.ts"],
  },
  {
    title: "what is remembered of documents is as much as their texts are short",
    file: "src/server/admission/document-cache.ts",
    from: "const ENTRY_LENGTH = 256;",
    to: "const ENTRY_LENGTH = 0;",
    tests: ["test/server/admission/documents.test.ts"],
  },
  {
    title: "what is refused takes no turn",
    file: "src/server/admission/entrance.ts",
    from: "const turn = arrivals.enter(networkKey(context.address), credentialOf(context));",
    to: "const turn = arrivals.enter(networkKey(context.address), credentialOf(context)) && undefined;",
    tests: ["test/server/admission/fairness.test.ts"],
  },
  {
    title: "an escape that is malformed is a failure of the server",
    file: "src/server/routes/admin.ts",
    from: "} catch {\n    return null;",
    to: "} catch (error) {\n    throw error;",
    tests: ["test/server/routes/admin.test.ts"],
  },
];

import { randomBytes } from "node:crypto";
import type { Config } from "./config/config.ts";
import { createGatewayClient, type GatewayCondition } from "./gateway/client.ts";
import { createProbe } from "./gateway/probe.ts";
import { createDeviceBook } from "./loaders/book.ts";
import { createLifecycle } from "./runtime/lifecycle.ts";
import { createLinkSigner } from "./runtime/link.ts";
import { createLogger, type Logger } from "./runtime/logger.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "./sandbox/sandbox.ts";
import { createContext, type Viewer } from "./schema/context.ts";
import { buildSchema } from "./schema/index.ts";
import { createGraphQLHandler } from "./server/graphql.ts";
import type { Readiness } from "./server/health.ts";
import { startHttpServer } from "./server/http.ts";
import { createLinkHandlers } from "./server/links.ts";
import { createRouter } from "./server/router.ts";

export interface App {
  /** Where it listens, without a slash at its end. */
  readonly url: string;
  /** The embedded gateway; null when a real one stands behind. */
  readonly sandbox: Sandbox | null;
  readonly logger: Logger;
  /** Takes no more requests, lets those in flight end, and closes everything; within ten seconds. */
  readonly stop: () => Promise<void>;
}

export interface AppOptions {
  /** How the embedded gateway starts; by default it lives. */
  readonly sandbox?: SandboxOptions;
  /** Where log lines go; standard output unless told otherwise. */
  readonly log?: { readonly write: (line: string) => void };
}

const LINK_TTL_SECONDS = 600;
const STOP_MS = 10_000;
/** Leaves the rest of the stop its time. */
const DRAIN_MS = 8_000;

/** Every scope: who may do what is not told apart yet. */
const ANYONE: Viewer = {
  name: "anyone",
  scopes: [
    "devices:read",
    "devices:manage",
    "users:read",
    "users:write",
    "credentials:write",
    "attendance:read",
    "photos:read",
    "doors:read",
    "doors:control",
    "callbacks:manage",
  ],
};

/** Starts the whole of Portico, on the gateway of the configuration or on an embedded one. */
export const startApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  const sandboxToken = randomBytes(16).toString("hex");
  const logger = createLogger({
    level: config.logLevel,
    secrets: [...config.secrets, sandboxToken],
    ...(options.log === undefined ? {} : { destination: options.log }),
  });
  const lifecycle = createLifecycle({
    deadlineMs: STOP_MS,
    onFault: (name, error) => logger.error({ part: name, err: error }, "stopped badly"),
  });
  try {
    const sandbox =
      config.gateway === null
        ? await startSandbox({ port: config.sandboxPort, live: true, accountToken: sandboxToken, ...options.sandbox })
        : null;
    if (sandbox !== null) lifecycle.add("sandbox", sandbox.stop);

    const gateway = createGatewayClient(
      sandbox === null
        ? { url: config.gateway?.url ?? "", tokens: tokensOf(config) }
        : { url: sandbox.url, tokens: { account: sandbox.token, devices: new Map() } },
    );
    lifecycle.add("gateway client", gateway.stop);

    let baseUrl = config.publicUrl ?? "";
    const links = createLinkSigner({
      secret: config.linkSecret ?? randomBytes(32).toString("base64url"),
      baseUrl: () => baseUrl,
      ttlSeconds: LINK_TTL_SECONDS,
      now: Date.now,
    });
    const book = createDeviceBook();
    let stopping = false;
    const probe = createProbe(gateway);
    const readiness: Readiness = async () => (stopping ? ["The server is stopping."] : gatewayTroubles(await probe()));
    const handle = createRouter({
      graphql: createGraphQLHandler({
        schema: buildSchema(),
        createContext: ({ signal }) =>
          createContext({ gateway, book, sandbox: sandbox !== null, links, viewer: ANYONE, signal }),
        logger,
        development: config.development,
      }),
      links: createLinkHandlers({ gateway, signer: links, logger }),
      readiness,
      development: config.development,
    });
    const server = await startHttpServer({ host: config.host, port: config.port, handle, logger, drainMs: DRAIN_MS });
    lifecycle.add("server", server.stop);
    baseUrl ||= server.url;

    return {
      url: server.url,
      sandbox,
      logger,
      stop: async () => {
        stopping = true;
        await lifecycle.stop();
      },
    };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
};

const tokensOf = ({ gateway }: Config) => ({
  account: gateway?.authToken ?? "",
  devices: gateway?.deviceTokens ?? new Map<string, string>(),
});

const TROUBLES = {
  UPSTREAM_UNAVAILABLE: "The gateway did not answer the last call.",
  UPSTREAM_UNAUTHENTICATED: "The gateway refused the token of this server.",
} as const;

const gatewayTroubles = (last: GatewayCondition["last"]): readonly string[] =>
  last === "UPSTREAM_UNAVAILABLE" || last === "UPSTREAM_UNAUTHENTICATED" ? [TROUBLES[last]] : [];

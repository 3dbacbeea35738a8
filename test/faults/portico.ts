/** How the parts of a run reach each other. */
interface Endpoints {
  readonly gateway: { readonly url: string; readonly token: string };
  /** The URL at which the gateway reaches an instance. */
  readonly publicUrl: string;
  readonly redisUrl: string;
}

export const CALLBACK_SECRET = "fault-run-fault-run-fault-run-fault-run";

/** Portico in production mode. Its log is empty at the start. */
export const PORTICO = {
  file: new URL("../../src/main.ts", import.meta.url),
  env: ({ gateway, publicUrl, redisUrl }: Endpoints): Readonly<Record<string, string>> => ({
    NODE_ENV: "production",
    GATEWAY_URL: gateway.url,
    ACCESS: "open",
    GATEWAY_AUTH_TOKEN: gateway.token,
    PUBLIC_URL: publicUrl,
    CALLBACK_SECRET,
    LINK_SECRET: CALLBACK_SECRET,
    REDIS_URL: redisUrl,
  }),
} as const;

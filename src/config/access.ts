import {
  isLoopbackHost,
  parseClaim,
  parseKeySetUrl,
  parseOrigins,
  parseSecret,
  parseText,
  parseWord,
  parseWords,
  type ParseResult,
} from "./values.ts";
import type { VariableName } from "./variables.ts";

/** Where the keys that sign tokens are. */
export type JwtKeys =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "secret"; readonly secret: string };

export interface JwtConfig {
  readonly keys: JwtKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** Null: `scope`, else `scp`. */
  readonly scopesClaim: string | null;
  readonly accountClaim: string;
}

export interface AccessConfig {
  /** Whether callers are not asked who they are. */
  readonly open: boolean;
  /** Path; null: there are no API keys. */
  readonly apiKeysFile: string | null;
  /** Null: there are no tokens. */
  readonly jwt: JwtConfig | null;
  /** Origins, besides this server's own, whose pages may call. */
  readonly origins: readonly string[];
}

/** How the environment is read: an empty variable counts as absent, and a fault is kept instead of thrown. */
export interface EnvironmentReader {
  readonly raw: (name: VariableName) => string;
  readonly read: <Value, Absent>(
    name: VariableName,
    parse: (raw: string) => ParseResult<Value>,
    absent: Absent,
  ) => Value | Absent;
  readonly faults: string[];
}

const ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;
const DEFAULT_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
const SYMMETRIC = ["HS256"] as const;
const KEYS = ["ACCESS_JWT_JWKS_URL", "ACCESS_JWT_KEY_FILE", "ACCESS_JWT_SECRET"] as const;
const ABOUT_TOKENS = [
  ...KEYS,
  "ACCESS_JWT_ISSUER",
  "ACCESS_JWT_AUDIENCE",
  "ACCESS_JWT_ALGORITHMS",
  "ACCESS_JWT_SCOPES_CLAIM",
  "ACCESS_JWT_ACCOUNT_CLAIM",
] as const;
const WAYS = "ACCESS_API_KEYS_FILE, ACCESS_JWT_JWKS_URL, ACCESS_JWT_KEY_FILE or ACCESS_JWT_SECRET";

/** Who may call. `host` is null where it could not be read. */
export const parseAccess = (reading: EnvironmentReader, host: string | null): AccessConfig => {
  const { raw, read, faults } = reading;
  const asked = read("ACCESS", parseWord(["open"]), null);
  const apiKeysFile = raw("ACCESS_API_KEYS_FILE") || null;
  const told = ABOUT_TOKENS.filter((name) => raw(name) !== "" && name !== "ACCESS_JWT_ACCOUNT_CLAIM");
  const jwt = told.length === 0 ? null : parseJwt(reading);
  const origins = read("ACCESS_ORIGINS", parseOrigins, []);

  const ways = [...(apiKeysFile === null ? [] : ["ACCESS_API_KEYS_FILE"]), ...told];
  const gateway = (["GATEWAY_URL", "GATEWAY_ACCOUNTS_FILE"] as const).find((name) => raw(name) !== "");
  const isLocal = host === null || isLoopbackHost(host);
  if (asked !== null && ways.length > 0) {
    faults.push(`ACCESS: "open" came beside ${ways.join(", ")}; give either, not both.`);
  } else if (asked !== null && !isLocal) {
    faults.push(
      `ACCESS: "open" came, although HOST can be reached from other machines; wanted is a loopback HOST, or one of ${WAYS}.`,
    );
  } else if (raw("ACCESS") === "" && ways.length === 0 && (gateway !== undefined || !isLocal)) {
    const why = gateway ?? "HOST, which can be reached from other machines,";
    faults.push(`ACCESS: nothing came; ${why} needs one of ${WAYS}, or ACCESS=open on a loopback HOST.`);
  }
  return { open: ways.length === 0, apiKeysFile, jwt, origins };
};

/** What an operator should be told of it. */
export const accessNotices = ({ open }: AccessConfig, asked: boolean): readonly string[] => {
  if (!open) return [];
  const said = "whoever reaches this port on this machine may read and command everything";
  return [asked ? `ACCESS is open: ${said}.` : `No ACCESS setting is set: ${said}.`];
};

const parseJwt = ({ raw, read, faults }: EnvironmentReader): JwtConfig | null => {
  const given = KEYS.filter((name) => raw(name) !== "");
  if (given.length !== 1) {
    const came = given.length === 0 ? "nothing" : given.join(" and ");
    faults.push(`ACCESS_JWT_JWKS_URL: ${came} came; tokens need exactly one of ${KEYS.join(", ")}.`);
  }
  for (const name of ["ACCESS_JWT_ISSUER", "ACCESS_JWT_AUDIENCE"] as const) {
    if (raw(name) === "")
      faults.push(`${name}: nothing came; tokens need both ACCESS_JWT_ISSUER and ACCESS_JWT_AUDIENCE.`);
  }
  const url = read("ACCESS_JWT_JWKS_URL", parseKeySetUrl, null);
  const secret = read("ACCESS_JWT_SECRET", parseSecret, null);
  const path = raw("ACCESS_JWT_KEY_FILE") || null;
  const isSymmetric = raw("ACCESS_JWT_SECRET") !== "";
  const algorithms = isSymmetric
    ? read("ACCESS_JWT_ALGORITHMS", parseWords(SYMMETRIC), SYMMETRIC)
    : read("ACCESS_JWT_ALGORITHMS", parseWords(ASYMMETRIC), DEFAULT_ALGORITHMS);
  const keys: JwtKeys | null =
    url !== null
      ? { kind: "url", url }
      : path !== null
        ? { kind: "file", path }
        : secret !== null
          ? { kind: "secret", secret }
          : null;
  const facts = {
    issuer: read("ACCESS_JWT_ISSUER", parseText, ""),
    audience: read("ACCESS_JWT_AUDIENCE", parseText, ""),
    scopesClaim: read("ACCESS_JWT_SCOPES_CLAIM", parseClaim, null),
    accountClaim: read("ACCESS_JWT_ACCOUNT_CLAIM", parseClaim, ""),
  };
  return keys === null ? null : { keys, algorithms, ...facts };
};

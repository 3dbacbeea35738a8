import type { EnvironmentReader } from "./environment.ts";
import {
  isLoopbackHost,
  parseClaim,
  parseKeySetUrl,
  parseOrigins,
  parseSecret,
  parseText,
  parseChoice,
  parseChoices,
} from "./values.ts";
import type { VariableName } from "./variables.ts";

/** The source of the keys that verify tokens. */
export type JwtKeys =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "secret"; readonly secret: string };

/** How JSON Web Tokens are verified and read. */
export interface JwtConfig {
  readonly keys: JwtKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** Null for `scope`, or `scp` if that is absent. */
  readonly scopesClaim: string | null;
  readonly accountClaim: string;
}

/** Who may call. */
export interface AccessConfig {
  /** Whether callers need no credential. */
  readonly open: boolean;
  /** Path; null if there are no API keys. */
  readonly apiKeysFile: string | null;
  /** Null if tokens are not accepted. */
  readonly jwt: JwtConfig | null;
  /** Origins whose pages may call, besides the origin of this server. */
  readonly origins: readonly string[];
}

const ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;
const DEFAULT_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
const SYMMETRIC = ["HS256"] as const;
const KEYS = ["ACCESS_JWT_JWKS_URL", "ACCESS_JWT_KEY_FILE", "ACCESS_JWT_SECRET"] as const;
const JWT_VARIABLES = [
  ...KEYS,
  "ACCESS_JWT_ISSUER",
  "ACCESS_JWT_AUDIENCE",
  "ACCESS_JWT_ALGORITHMS",
  "ACCESS_JWT_SCOPES_CLAIM",
] as const;
const CREDENTIAL_VARIABLES = "ACCESS_API_KEYS_FILE, ACCESS_JWT_JWKS_URL, ACCESS_JWT_KEY_FILE or ACCESS_JWT_SECRET";

/** Reads the ACCESS variables. `host` is null if HOST is invalid. */
export const parseAccess = (reader: EnvironmentReader, host: string | null): AccessConfig => {
  const { isSet, text, read, faults } = reader;
  const access = read("ACCESS", parseChoice(["open"]), null);
  const apiKeysFile = text("ACCESS_API_KEYS_FILE") || null;
  const jwtVariables = JWT_VARIABLES.filter(isSet);
  const jwt = jwtVariables.length === 0 ? null : parseJwt(reader, jwtVariables);
  const origins = read("ACCESS_ORIGINS", parseOrigins, []);

  const credentials = [...(apiKeysFile === null ? [] : ["ACCESS_API_KEYS_FILE"]), ...jwtVariables];
  const isLocal = host === null || isLoopbackHost(host);
  if (access !== null && credentials.length > 0) {
    faults.push(`ACCESS=open cannot be combined with ${credentials.join(", ")}.`);
  } else if (access !== null && !isLocal) {
    faults.push(`ACCESS=open requires a loopback HOST; received "${host}". Set ${CREDENTIAL_VARIABLES} instead.`);
  } else if (!isSet("ACCESS") && credentials.length === 0) {
    const reason = requirementOf(reader, isLocal);
    if (reason !== null) faults.push(`${CREDENTIAL_VARIABLES} is required when ${reason}.`);
  }
  return { open: credentials.length === 0, apiKeysFile, jwt, origins };
};

/** Returns why callers must authenticate, and the alternative where there is one; null if they need not. */
const requirementOf = ({ isSet }: EnvironmentReader, isLocal: boolean): string | null => {
  if (isSet("GATEWAY_URL")) return "GATEWAY_URL is set; ACCESS=open is accepted instead on a loopback HOST";
  if (isSet("GATEWAY_ACCOUNTS_FILE")) return "GATEWAY_ACCOUNTS_FILE is set";
  return isLocal ? null : "HOST is not a loopback address";
};

/** Returns the warnings for the operator about open access. `isExplicit` says whether ACCESS is set. */
export const accessWarnings = ({ open }: AccessConfig, isExplicit: boolean): readonly string[] => {
  if (!open) return [];
  const effect = "every client that reaches this port on this machine can read and control everything";
  return [isExplicit ? `ACCESS is open: ${effect}.` : `No ACCESS variable is set: ${effect}.`];
};

const parseJwt = (
  { isSet, text, read, faults }: EnvironmentReader,
  jwtVariables: readonly VariableName[],
): JwtConfig | null => {
  const sources = KEYS.filter(isSet);
  if (sources.length !== 1) {
    const received = sources.length === 0 ? `only ${jwtVariables.join(", ")}` : sources.join(" and ");
    faults.push(`Exactly one of ${KEYS.join(", ")} is required for tokens; received ${received}.`);
  }
  for (const name of ["ACCESS_JWT_ISSUER", "ACCESS_JWT_AUDIENCE"] as const) {
    if (!isSet(name)) faults.push(`${name} is required when ${jwtVariables[0]} is set.`);
  }
  const url = read("ACCESS_JWT_JWKS_URL", parseKeySetUrl, null);
  const secret = read("ACCESS_JWT_SECRET", parseSecret, null);
  const path = text("ACCESS_JWT_KEY_FILE") || null;
  const algorithms = isSet("ACCESS_JWT_SECRET")
    ? read("ACCESS_JWT_ALGORITHMS", parseChoices(SYMMETRIC), SYMMETRIC)
    : read("ACCESS_JWT_ALGORITHMS", parseChoices(ASYMMETRIC), DEFAULT_ALGORITHMS);
  const keys: JwtKeys | null =
    url !== null
      ? { kind: "url", url }
      : path !== null
        ? { kind: "file", path }
        : secret !== null
          ? { kind: "secret", secret }
          : null;
  const rules = {
    issuer: read("ACCESS_JWT_ISSUER", parseText, ""),
    audience: read("ACCESS_JWT_AUDIENCE", parseText, ""),
    scopesClaim: read("ACCESS_JWT_SCOPES_CLAIM", parseClaim, null),
    accountClaim: read("ACCESS_JWT_ACCOUNT_CLAIM", parseClaim, ""),
  };
  return keys === null ? null : { keys, algorithms, ...rules };
};

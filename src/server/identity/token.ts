import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import type { JwtConfig } from "../../config/access.ts";
import { DEFAULT_ACCOUNT } from "../../config/accounts.ts";
import { SCOPES, type Viewer } from "../../schema/kernel/viewer.ts";
import type { Identity } from "./caller.ts";
import { hasDuplicateMembers } from "./json.ts";
import { AuthenticationError } from "./authentication-error.ts";
import { KeysUnavailableError } from "./issuer-keys.ts";

const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
/** Headers that supply a key, or require an unsupported extension. */
const REJECTED_HEADERS = ["crit", "jku", "jwk", "x5c", "x5u"] as const;
const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_TEXT_LENGTH = 255;

/** Returns whether a text has the form of a compact JWT. */
export const isCompactJwt = (text: string): boolean => COMPACT.test(text);

type Rules = Omit<JwtConfig, "keys">;

/**
 * Verifies a token and returns its identity. `now` is in milliseconds since 1970 UTC.
 *
 * @throws AuthenticationError if the token is not valid.
 */
export const identityOfToken = async (
  keys: JWTVerifyGetKey,
  rules: Rules,
  token: string,
  now: number,
): Promise<Identity> => {
  const [, header = "", payload = ""] = COMPACT.exec(token) ?? [];
  const headers = memberNames(header);
  memberNames(payload);
  const rejected = REJECTED_HEADERS.find((name) => headers.includes(name));
  if (rejected !== undefined) throw new AuthenticationError(`a token with the header ${rejected}`);
  return identityOf(await verify(keys, rules, token, now), rules, now);
};

/** Returns the names of the members of a part; each may occur once. */
const memberNames = (part: string): readonly string[] => {
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(part, "base64url"));
    const value = JSON.parse(json) as unknown;
    if (typeof value === "object" && value !== null && !hasDuplicateMembers(json)) return Object.keys(value);
  } catch {
    // The error below covers this case too.
  }
  throw new AuthenticationError("a token with a part that is not a JSON object with unique members");
};

const verify = async (
  keys: JWTVerifyGetKey,
  { issuer, audience, algorithms }: Rules,
  token: string,
  now: number,
): Promise<JWTPayload> => {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [...algorithms],
      issuer,
      audience,
      requiredClaims: ["exp", "sub"],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    throw new AuthenticationError(reasonOf(error), {
      cause: error,
      isTemporary: error instanceof KeysUnavailableError,
    });
  }
};

const reasonOf = (error: unknown): string => {
  if (error instanceof KeysUnavailableError) return "a token whose keys cannot be read now";
  if (error instanceof errors.JWTClaimValidationFailed) return `a token whose claim ${error.claim} is missing or wrong`;
  if (error instanceof errors.JOSEError) return `a token that is not accepted: ${error.code}`;
  return "a token that cannot be verified";
};

const identityOf = (payload: JWTPayload, { scopesClaim, accountClaim }: Rules, now: number): Identity => {
  const { exp = 0, iat = 0, sub } = payload;
  const expiresAt = exp * 1000;
  // The tolerance is for clocks that are ahead, not for expired tokens.
  if (expiresAt <= now) throw new AuthenticationError("a token that has expired");
  if (iat * 1000 > now + CLOCK_TOLERANCE_SECONDS * 1000)
    throw new AuthenticationError("a token that was issued in the future");
  const names = scopesClaim === null ? ["scope", "scp"] : [scopesClaim];
  const scopes = scopesOf(names.map((name) => payload[name]).find((value) => value !== undefined));
  const name = textOf(sub, "sub");
  // Only an absent claim means the default account: one that names none was meant to name another.
  const account = Object.hasOwn(payload, accountClaim) ? textOf(payload[accountClaim], accountClaim) : DEFAULT_ACCOUNT;
  const viewer: Viewer = {
    credential: "token",
    issuer: payload.iss ?? null,
    name,
    account,
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
  };
  return { viewer, expiresAt };
};

const textOf = (value: unknown, claim: string): string => {
  if (typeof value === "string" && value !== "" && value.length <= MAX_TEXT_LENGTH) return value;
  throw new AuthenticationError(`a token whose claim ${claim} is not a short text`);
};

/** The claim may contain scopes of other programs. */
const scopesOf = (claim: unknown): readonly unknown[] => {
  if (claim === undefined || claim === null) return [];
  if (typeof claim === "string") return claim.split(" ");
  if (Array.isArray(claim)) return claim;
  throw new AuthenticationError("a token whose scopes are neither text nor a list");
};

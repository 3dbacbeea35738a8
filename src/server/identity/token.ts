import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import type { JwtConfig } from "../../config/access.ts";
import { SCOPES } from "../../schema/kernel/viewer.ts";
import type { Identity } from "./caller.ts";
import { hasDuplicates } from "./json.ts";
import { AuthenticationError } from "./authentication-error.ts";

const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
/** Headers that bring a key along, or demand what is not done here. */
const REFUSED_HEADERS = ["crit", "jku", "jwk", "x5c", "x5u"] as const;
const TOLERANCE_SECONDS = 5;
const LONGEST_NAME = 255;
const DEFAULT_ACCOUNT = "default";

/** Whether a credential has the form of a token. */
export const isToken = (text: string): boolean => COMPACT.test(text);

type Rules = Omit<JwtConfig, "keys">;

/** Whose token it is. Throws Refused. */
export const identityOfToken = async (
  keys: JWTVerifyGetKey,
  rules: Rules,
  token: string,
  now: number,
): Promise<Identity> => {
  const [, header = "", payload = ""] = COMPACT.exec(token) ?? [];
  const said = memberNames(header);
  memberNames(payload);
  const strange = REFUSED_HEADERS.find((name) => said.includes(name));
  if (strange !== undefined) throw new AuthenticationError(`a token with the header ${strange}`);
  return identityOf(await verified(keys, rules, token, now), rules, now);
};

/** The names of a part's members; each may come once. */
const memberNames = (part: string): readonly string[] => {
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(part, "base64url"));
    const value = JSON.parse(json) as unknown;
    if (typeof value === "object" && value !== null && !hasDuplicates(json)) return Object.keys(value);
  } catch {
    // Said below, as for anything else that is none.
  }
  throw new AuthenticationError("a token with a part that is no JSON object with each member once");
};

const verified = async (
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
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    throw new AuthenticationError(reasonOf(error), { cause: error });
  }
};

const reasonOf = (error: unknown): string => {
  if (error instanceof errors.JWTClaimValidationFailed) return `a token whose claim ${error.claim} is missing or wrong`;
  if (error instanceof errors.JOSEError) return `a token that is not accepted: ${error.code}`;
  return "a token that cannot be checked";
};

const identityOf = (payload: JWTPayload, { scopesClaim, accountClaim }: Rules, now: number): Identity => {
  const { exp = 0, iat = 0, sub } = payload;
  const expiresAt = exp * 1000;
  // The tolerance is for clocks that are ahead, not for tokens that live on.
  if (expiresAt <= now) throw new AuthenticationError("a token that has expired");
  if (iat * 1000 > now + TOLERANCE_SECONDS * 1000)
    throw new AuthenticationError("a token that was issued in the future");
  const names = scopesClaim === null ? ["scope", "scp"] : [scopesClaim];
  const scopes = scopesOf(names.map((name) => payload[name]).find((value) => value !== undefined));
  const name = textOf(sub, "sub");
  const account = textOf(payload[accountClaim] ?? DEFAULT_ACCOUNT, accountClaim);
  return { viewer: { name, account, scopes: SCOPES.filter((scope) => scopes.includes(scope)) }, expiresAt };
};

const textOf = (value: unknown, claim: string): string => {
  if (typeof value === "string" && value !== "" && value.length <= LONGEST_NAME) return value;
  throw new AuthenticationError(`a token whose claim ${claim} is no short text`);
};

/** Scopes of other programs may stand beside ours. */
const scopesOf = (claim: unknown): readonly unknown[] => {
  if (claim === undefined || claim === null) return [];
  if (typeof claim === "string") return claim.split(" ");
  if (Array.isArray(claim)) return claim;
  throw new AuthenticationError("a token whose scopes are neither text nor a list");
};

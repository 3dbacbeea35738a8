import { generateKeyPairSync } from "node:crypto";
import { type Algorithm, claims, hmac, ISSUER, PAIRS, signerOf, token, tokenOf } from "./callers.ts";

const PEM = PAIRS.RS256.publicKey.export({ type: "spki", format: "pem" });

const seconds = (): number => Math.floor(Date.now() / 1000);

/** Tokens that are wrong in one way each; `elsewhere` is where a key could be fetched. */
export const badTokens = (elsewhere: string): readonly (readonly [string, string])[] => {
  const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = foreign.publicKey.export({ format: "jwk" });
  const signed = (header: object, payload: unknown = claims(), algorithm: Algorithm = "RS256") =>
    tokenOf({ alg: algorithm, kid: algorithm, ...header }, payload, signerOf(algorithm));
  const forged = (header: object) =>
    tokenOf({ alg: "RS256", ...header }, claims(), signerOf("RS256", foreign.privateKey));
  const json = JSON.stringify(claims());
  const good = token();
  const [head = "", body = "", signature = ""] = good.split(".");
  return [
    ["expired", token(claims({ exp: seconds() - 1 }))],
    ["expired within the tolerance", token(claims({ exp: seconds() }))],
    ["without an end", token(claims({ exp: undefined }))],
    ["with an end that is text", token(claims({ exp: String(seconds() + 900) }))],
    ["not valid yet", token(claims({ nbf: seconds() + 60 }))],
    ["issued in the future", token(claims({ iat: seconds() + 60 }))],
    ["for another audience", token(claims({ aud: "payroll" }))],
    ["for no audience", token(claims({ aud: undefined }))],
    ["of another issuer", token(claims({ iss: `${ISSUER}x` }))],
    ["of no issuer", token(claims({ iss: undefined }))],
    ["of nobody", token(claims({ sub: undefined }))],
    ["of nobody in particular", token(claims({ sub: "" }))],
    ["with scopes that are none", token(claims({ scope: 7 }))],
    ["with an account that is null", token(claims({ account: null }))],
    ["with an account that is empty", token(claims({ account: "" }))],
    ["with an account that is blank", token(claims({ account: " " }))],
    ["with an account that is false", token(claims({ account: false }))],
    ["with an account that is 0", token(claims({ account: 0 }))],
    ["with an account that is a list", token(claims({ account: ["default"] }))],
    ["with an account that is an object", token(claims({ account: {} }))],
    ["unsigned", tokenOf({ alg: "none" }, claims(), () => Buffer.alloc(0))],
    ["unsigned, with a signature", tokenOf({ alg: "none" }, claims(), () => Buffer.from("x"))],
    ["unsigned, in capitals", tokenOf({ alg: "NONE", kid: "RS256" }, claims(), () => Buffer.from("x"))],
    ["signed by HS256 with the public key", tokenOf({ alg: "HS256", kid: "RS256" }, claims(), hmac(PEM))],
    ["signed by an algorithm that is not taken", signed({ alg: "RS512" })],
    ["with the key of another algorithm", signed({ kid: "ES256" })],
    ["of an unknown key", forged({ kid: "unknown" })],
    ["of a foreign key under a known id", forged({ kid: "RS256" })],
    ["of a key that is a path", forged({ kid: "../../dev/null" })],
    [
      "signed by HS256 with nothing, under a path",
      tokenOf({ alg: "HS256", kid: "../../dev/null" }, claims(), hmac("")),
    ],
    ["with jku", forged({ kid: "RS256", jku: elsewhere })],
    ["with x5u", forged({ kid: "RS256", x5u: elsewhere })],
    ["with jku, well signed", signed({ jku: elsewhere })],
    ["with x5u, well signed", signed({ x5u: elsewhere })],
    ["with a key of its own", forged({ jwk })],
    ["with a key of its own, well signed", signed({ jwk })],
    ["with a certificate of its own", signed({ x5c: ["MIIB"] })],
    ["with crit", signed({ crit: ["exp"], exp: 1 })],
    ["with crit that is known", signed({ crit: ["b64"], b64: true })],
    ["with a claim twice", signed({}, json.replace("{", '{"sub":"eve",'))],
    ["with a claim twice, once escaped", signed({}, json.replace("{", String.raw`{"s\u0075b":"eve",`))],
    ["with a header twice", tokenOf('{"alg":"RS256","alg":"none","kid":"RS256"}', claims(), signerOf("RS256"))],
    ["with a list for its claims", signed({}, [claims()])],
    ["with claims that are no JSON", signed({}, "{")],
    ["with a signature of zeros", tokenOf({ alg: "ES256", kid: "ES256" }, claims(), () => Buffer.alloc(64))],
    [
      "with the signature of another",
      `${head}.${Buffer.from(json.replace("ada", "eve")).toString("base64url")}.${signature}`,
    ],
    ["with half a signature", good.slice(0, -100)],
    ["with five parts", `${head}.${body}.${signature}.${body}.${signature}`],
    ["of nine kilobytes", token(claims({ padding: "x".repeat(9_000) }))],
    ["that is none", "not.a.token"],
  ];
};

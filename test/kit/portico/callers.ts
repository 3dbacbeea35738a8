import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export { bearer, keyFile, keyOf, sha256 } from "./keys.ts";

export interface TestFile {
  readonly path: string;
  /** Renames a new file over the old one, as secrets are rotated. */
  readonly replace: (text: string) => Promise<void>;
}

export const openFile = async (text: string): Promise<TestFile> => {
  const dir = await mkdtemp(join(tmpdir(), "portico-access-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, "file");
  await writeFile(path, text);
  const replace = async (next: string) => {
    await writeFile(`${path}.new`, next);
    await rename(`${path}.new`, path);
  };
  return { path, replace };
};

/** Posts one operation with these headers. */
export const askAs = (
  url: string,
  headers: Readonly<Record<string, string>>,
  query = "{ viewer { name scopes } }",
  variables: object = {},
): Promise<Response> =>
  fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });

/** Everything that a client sees of an answer, except the request id and the time. */
export const seen = async (response: Response): Promise<unknown> => {
  const headers = [...response.headers].filter(([name]) => name !== "x-request-id" && name !== "date");
  return { status: response.status, headers, body: await response.text() };
};

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export const ISSUER = "https://id.example.com/";
export const AUDIENCE = "portico";

const now = (): number => Math.floor(Date.now() / 1000);

/** Claims that are valid for 15 minutes. */
export const claims = (more: object = {}): object => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "ada",
  exp: now() + 900,
  scope: "attendance:read users:read",
  ...more,
});

type Signer = (input: string) => Buffer;

/** An encoded token; header and payload may be JSON text. */
export const tokenOf = (header: unknown, payload: unknown, signer: Signer): string => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(input).toString("base64url")}`;
};

export const hmac =
  (secret: string | Buffer): Signer =>
  (input) =>
    createHmac("sha256", secret).update(input).digest();

export const PAIRS = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
} as const;

export type Algorithm = keyof typeof PAIRS | "PS256";

const pairOf = (algorithm: Algorithm) => PAIRS[algorithm === "PS256" ? "RS256" : algorithm];

export const signerOf =
  (algorithm: Algorithm, key: KeyObject = pairOf(algorithm).privateKey): Signer =>
  (input) =>
    sign(algorithm === "EdDSA" ? null : "sha256", Buffer.from(input), {
      key,
      ...(algorithm === "PS256" ? { padding: 6, saltLength: 32 } : {}),
      ...(algorithm === "ES256" ? { dsaEncoding: "ieee-p1363" } : {}),
    });

/** A valid token, unless the arguments change it. */
export const token = (payload: object = claims(), algorithm: Algorithm = "RS256", header: object = {}): string =>
  tokenOf({ alg: algorithm, typ: "JWT", kid: algorithm, ...header }, payload, signerOf(algorithm));

const jwkOf = (algorithm: Algorithm) => ({
  ...pairOf(algorithm).publicKey.export({ format: "jwk" }),
  kid: algorithm,
  alg: algorithm,
  use: "sig",
});

export const keySet = (): object => ({ keys: (["RS256", "PS256", "ES256", "EdDSA"] as const).map(jwkOf) });

/** What an issuer answers: its key set, unless it says otherwise. */
type IssuerAnswer = "nothing" | { readonly status?: number; readonly body?: string };

/** An issuer's key set, served over HTTP; it counts the requests to any path. */
export const startIssuer = async () => {
  let asked = 0;
  let answer: IssuerAnswer = {};
  const server = createServer((_request, response) => {
    asked += 1;
    if (answer === "nothing") return;
    const { status = 200, body = JSON.stringify(keySet()) } = answer;
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  onTestFinished(stop);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    asked: () => asked,
    /** Has the issuer answer so from now on. */
    say: (next: IssuerAnswer) => {
      answer = next;
    },
    stop,
  };
};

export const TOKENS = { ACCESS_JWT_ISSUER: ISSUER, ACCESS_JWT_AUDIENCE: AUDIENCE } as const;

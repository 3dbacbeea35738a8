import { signRequest, type Signable } from "../../../examples/router-signature.ts";

export const KEY = "the-current-key-of-a-router-of-32-bytes";
export const OLD = "the-key-of-before-of-a-router-of-32-bytes";

export interface SignedWish extends Partial<Omit<Signable, "body">> {
  /** What is sent; by default what was signed. */
  readonly sent?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts as a router does that signs what it sends. */
export const postSigned = (url: string, body: object | string, wish: SignedWish = {}): Promise<Response> => {
  const { sent, headers, ...given } = wish;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const signature = signRequest({ key: KEY, method: "POST", path: "/graphql", ...given, body: text });
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-portico-signature": signature, ...headers },
    body: sent ?? text,
  });
};

/** What opens a socket. */
export const socketSignature = (given: Partial<Signable> = {}): string =>
  signRequest({ key: KEY, method: "GET", path: "/graphql", ...given });

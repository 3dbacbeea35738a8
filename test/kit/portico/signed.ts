import { signRequest, type Signable } from "../../../examples/router-signature.ts";

export const KEY = "the-current-key-of-a-router-of-32-bytes";
export const OLD = "the-key-of-before-of-a-router-of-32-bytes";

export interface SignedPost extends Partial<Omit<Signable, "body">> {
  /**
   * The body that is sent.
   * @default the body that was signed
   */
  readonly sent?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts as a router does that signs its requests. */
export const postSigned = (url: string, body: object | string, options: SignedPost = {}): Promise<Response> => {
  const { sent, headers, ...signable } = options;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const signature = signRequest({ key: KEY, method: "POST", path: "/graphql", ...signable, body: text });
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-portico-signature": signature, ...headers },
    body: sent ?? text,
  });
};

/** The signature that opens a socket. */
export const socketSignature = (signable: Partial<Signable> = {}): string =>
  signRequest({ key: KEY, method: "GET", path: "/graphql", ...signable });

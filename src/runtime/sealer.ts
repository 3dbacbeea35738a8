import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Seals text, so that only a process with the same secret can read it, and nobody can change it. */
export interface Sealer {
  /** Returns the sealed text as letters, digits, hyphens and underscores. The same text is sealed differently each time. */
  readonly seal: (text: string) => string;
  /** Returns the text; null if it was not sealed by this secret for this purpose. */
  readonly open: (sealed: string) => string | null;
}

const ALGORITHM = "aes-256-gcm";
const [NONCE_BYTES, TAG_BYTES, KEY_BYTES] = [12, 16, 32] as const;

/** Creates a sealer that uses AES-256-GCM, with a key of its own for each purpose. */
export const createSealer = (secret: string, purpose: string): Sealer => {
  const key = Buffer.from(hkdfSync("sha256", secret, "", `portico ${purpose}`, KEY_BYTES));
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      const content = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, content, cipher.getAuthTag()]).toString("base64url");
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, "base64url");
      // The same bytes have several spellings; only the one that `seal` returned is accepted.
      if (bytes.toString("base64url") !== sealed || bytes.length < NONCE_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const content = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([content, decipher.final()]).toString("utf8");
      } catch {
        return null;
      }
    },
  };
};

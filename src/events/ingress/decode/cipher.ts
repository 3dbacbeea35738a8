import { createDecipheriv } from "node:crypto";

const BLOCK = 16;

const DIGITS = /^(?:[A-Za-z0-9+/]+|[\w-]+)={0,2}$/;

/** The bytes of a body that looks encrypted, which is Base64 or Base64url of whole blocks; null for any other text. */
export const encryptedBytes = (text: string): Buffer | null => {
  if (!/^[\w+/-]/.test(text)) return null;
  const compact = text.replaceAll(/\s/g, "");
  if (compact.length % 4 === 1 || !DIGITS.test(compact)) return null;
  const bytes = Buffer.from(compact, "base64");
  return bytes.length > 0 && bytes.length % BLOCK === 0 ? bytes : null;
};

/** Length without PKCS7 padding, or without the zeros that some senders pad with. */
const unpaddedLength = (bytes: Buffer): number => {
  const padding = bytes.at(-1) ?? 0;
  if (padding >= 1 && padding <= BLOCK && bytes.subarray(-padding).every((byte) => byte === padding)) {
    return bytes.length - padding;
  }
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length -= 1;
  return length;
};

/** Decrypts AES-256-ECB with a key of 32 characters. A wrong key yields meaningless bytes, not an error. */
export const decrypt = (encrypted: Buffer, securityKey: string): Buffer => {
  const decipher = createDecipheriv("aes-256-ecb", Buffer.from(securityKey, "latin1"), null).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(encrypted), decipher.final()]);
  return padded.subarray(0, unpaddedLength(padded));
};

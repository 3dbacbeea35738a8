import { Refusal } from "../handler.ts";
import type { SimCredential } from "../state.ts";

interface Template {
  readonly Type: string;
  readonly Index: number;
  readonly Size?: number | null | undefined;
  readonly Data: string;
  readonly Algorithm?: string | null | undefined;
}

interface Photo {
  readonly Size?: number | null | undefined;
  readonly Data: string;
}

const DIGITS: Readonly<Record<string, RegExp>> = { Card: /^\d{1,20}$/, Password: /^\d{1,8}$/ };

const sizeOf = ({ Type, Data }: Template): number =>
  Type in DIGITS ? Data.length : Buffer.from(Data, "base64").length;

/**
 * Converts a template to the credential to store.
 * @throws Refusal if a card number or a PIN has other characters than digits.
 */
export const toCredential = (template: Template, updated: number, field = "Template"): SimCredential => {
  if (DIGITS[template.Type]?.test(template.Data) === false) {
    throw new Refusal("invalidTemplate", `A ${template.Type} must consist of digits.`, { field });
  }
  return {
    Type: template.Type,
    Index: template.Index,
    Size: template.Size ?? sizeOf(template),
    Algorithm: template.Algorithm ?? null,
    Data: template.Data,
    updated,
  };
};

/** Converts a user's photo to the credential to store. */
export const photoCredential = ({ Data, Size }: Photo, updated: number): SimCredential =>
  toCredential({ Type: "UserPhoto", Index: 0, Data, Size }, updated, "Photo");

const CAPTURED_BYTES = { Fingerprint: 1176, Face: 1536 } as const;

/** Creates the credential that a terminal captures when it asks for a finger or a face. */
export const captureCredential = (
  Type: keyof typeof CAPTURED_BYTES,
  Index: number,
  random: () => number,
  updated: number,
): SimCredential => {
  const bytes = Buffer.alloc(CAPTURED_BYTES[Type]);
  bytes.write("FMR\u0000 20\u0000", "latin1");
  for (let at = 8; at < bytes.length; at++) bytes[at] = Math.floor(random() * 256);
  return toCredential({ Type, Index, Data: bytes.toString("base64") }, updated);
};

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

/** A template as it will be stored; refuses a card or a PIN that is not made of digits. */
export const toCredential = (template: Template, updated: number, field = "Template"): SimCredential => {
  if (DIGITS[template.Type]?.test(template.Data) === false) {
    throw new Refusal("invalidTemplate", `A ${template.Type} is made of digits.`, { field });
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

/** A photo that goes with a user. */
export const photoCredential = ({ Data, Size }: Photo, updated: number): SimCredential =>
  toCredential({ Type: "UserPhoto", Index: 0, Data, Size }, updated, "Photo");

const CAPTURED_BYTES = { Fingerprint: 1176, Face: 1536 } as const;

/** What a terminal captures when it asks for the finger or the face. */
export const captured = (
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

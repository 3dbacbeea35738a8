import { z } from "zod";

const HIDDEN = "[redacted]";

/** A text that no log, error or inspection shows: only `reveal` does. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return HIDDEN;
  }
}

const revealed = (value: unknown): unknown => (value instanceof Secret ? value.reveal() : value);

/** Takes a secret wherever it takes the text. */
export const secretly = (schema: z.ZodType<string, string>): z.ZodType<string, string | Secret> =>
  z.preprocess(revealed, schema) as z.ZodType<string, string | Secret>;

/** JSON with the secrets in it: for the wire and for fingerprints, for nothing that is kept. */
export const revealingJson = (value: unknown): string =>
  JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name: string, member: unknown) {
    const own = this[name];
    return own instanceof Secret ? own.reveal() : member;
  });

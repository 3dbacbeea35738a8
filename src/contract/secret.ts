import { z } from "zod";

const HIDDEN = "[redacted]";

/** Text that does not appear in logs, errors or inspections; only `reveal` returns it. */
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

/** Makes a schema accept a Secret in place of the text. */
export const secretly = (schema: z.ZodType<string, string>): z.ZodType<string, string | Secret> =>
  z.preprocess(revealed, schema) as z.ZodType<string, string | Secret>;

/** Serializes a value with its secrets. The result is for the wire and for fingerprints; it must not be stored or logged. */
export const revealingJson = (value: unknown): string =>
  JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name: string, member: unknown) {
    const own = this[name];
    return own instanceof Secret ? own.reveal() : member;
  });

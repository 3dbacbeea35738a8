import { z } from "zod";
import { type Codec } from "./codec.ts";
import { enumeration } from "./values.ts";

export interface Vocabulary<Value extends string, Fallback extends string> {
  /** The values of the contract, in its order. */
  readonly values: readonly [Value, ...Value[]];
  /** Strict, for what is sent. */
  readonly exact: z.ZodType<Value, Value>;
  /** Tolerant, for what is received: any case, known aliases; a value newer than this contract is the fallback. */
  readonly tolerant: Codec<Value | Fallback>;
}

/** Declares the words of an enumeration of the contract. */
export const vocabulary = <const Value extends string, const Fallback extends string>(
  values: readonly [Value, ...Value[]],
  fallback: Fallback,
  aliases: Readonly<Record<string, Value>> = {},
): Vocabulary<Value, Fallback> => {
  return { values, exact: z.literal(values), tolerant: enumeration(values, fallback, aliases) };
};

import { codec, type Codec } from "./codec.ts";
import { isBlank } from "./lookup.ts";

const SPACE = 0x20;

/** A code that a row may leave out where the request names it: the row is then of what was asked for. */
export const asAsked = (name: "DeviceSN" | "EmployeeCode", inner: Codec<string>): Codec<string> =>
  codec((value, tally) => {
    // Nearly all rows say it.
    if (typeof value === "string" && value.charCodeAt(0) > SPACE) return inner.read(value);
    return inner.read(isBlank(value) ? (onlyCode(tally?.asked?.[name]) ?? value) : value);
  });

/** The code of a request that names one. */
const onlyCode = (asked: unknown): unknown => {
  const codes = [asked].flat();
  return codes.length === 1 && codes[0] !== "ALL" ? codes[0] : undefined;
};

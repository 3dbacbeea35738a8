import { isSchema } from "./document.ts";

const GMT = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT \+0000$/;

/**
 * Lists the paths at which a decoded value differs from the wire. Codecs read null where they cannot read a value, so that
 * decoding without an error alone would prove little.
 */
export const lost = (wire: unknown, decoded: unknown, unread: ReadonlySet<string>, path = ""): readonly string[] => {
  if (wire === undefined || wire === null) return decoded === null || decoded === undefined ? [] : [path];
  if (Array.isArray(wire)) {
    if (!Array.isArray(decoded) || decoded.length !== wire.length) return [path];
    return wire.flatMap((each, index) => lost(each, decoded[index], unread, `${path}[${index}]`));
  }
  if (isSchema(wire)) {
    if (!isSchema(decoded)) return [path];
    return Object.entries(wire).flatMap(([name, value]) =>
      unread.has(name) ? [] : lost(value, decoded[name], unread, `${path}.${name}`),
    );
  }
  // A wall clock that is read with its zone; no example has one.
  if (isSchema(decoded)) return decoded["wall"] === wire && decoded["offset"] === null ? [] : [path];
  const expected = typeof wire === "string" ? wire.replace(GMT, "$1T$2Z") : wire;
  return expected === decoded ? [] : [path];
};

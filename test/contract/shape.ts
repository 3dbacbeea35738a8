import type { Codec } from "../../src/contract/codec.ts";
import { isSchema, membersOf, resolve, type Schema } from "./document.ts";

/** The schema without `null`, which a codec expresses by not being required. */
const withoutNull = (given: Schema): Schema => {
  const schema = resolve(given);
  const choices = schema["anyOf"] as readonly Schema[] | undefined;
  const filled = choices?.filter((choice) => resolve(choice)["type"] !== "null");
  return filled?.length === 1 && filled[0] !== undefined ? withoutNull(filled[0]) : schema;
};

const nameOf = (given: Schema): string => {
  const reference = (given["$ref"] ?? (given["anyOf"] as readonly Schema[] | undefined)?.[0]?.["$ref"]) as
    | string
    | undefined;
  return reference?.split("/").at(-1) ?? "";
};

const valuesOf = (schema: Schema): readonly unknown[] | undefined => {
  const only = schema["const"];
  return only === undefined ? (schema["enum"] as readonly unknown[] | undefined) : [only];
};

/** The head of an answer is `done`, that of an error or a command is not: both are read as text. */
const FREE = new Set(["Status", "StatusCode", "ContentType"]);

/** Lists where a codec reads more, less or otherwise than the document writes; `unread` names what is left out on purpose. */
export const differences = (
  given: Schema,
  codec: Codec<unknown>,
  unread: ReadonlySet<string>,
  path = "",
): readonly string[] => {
  const schema = withoutNull(given);
  const items = schema["items"];
  if (isSchema(items)) {
    if (codec.item === undefined) return [`${path} is a list in the document`];
    return differences(items, codec.item, unread, `${path}[]`);
  }
  const { properties, required } = membersOf(schema);
  if (Object.keys(properties).length === 0) {
    if (codec.members !== undefined) return [`${path} is not an object in the document`];
    const values = valuesOf(schema);
    // The code of an answer decides whether it is a failure: one beyond 32 bits must not be lost.
    if (path !== ".StatusCode" && (schema["format"] === "int32") !== (codec.format === "int32")) {
      return [`${path} is ${codec.format === "int32" ? "not " : ""}an integer of 32 bits in the document`];
    }
    const free =
      FREE.has(path.split(".").at(-1) ?? "") || typeof values?.[0] === "number" || path.endsWith("Photo.Type");
    const same = JSON.stringify(values) === JSON.stringify(codec.values);
    return same || (free && codec.values === undefined) ? [] : [`${path} has other values in the document`];
  }
  if (codec.members === undefined) return [`${path} is an object in the document`];
  const members = codec.members;
  const absent = Object.keys(properties).filter(
    (name) => !Object.hasOwn(members, name) && !unread.has(`${nameOf(given)}.${name}`),
  );
  return [
    ...absent.map((name) => `${path}.${name} is not read`),
    ...Object.entries(members).flatMap(([name, member]) => {
      const property = properties[name];
      if (property === undefined) return [`${path}.${name} is not in the document`];
      const requirement =
        required.has(name) === member.required
          ? []
          : [`${path}.${name} is ${required.has(name) ? "" : "not "}required`];
      return [...requirement, ...differences(property, member, unread, `${path}.${name}`)];
    }),
  ];
};

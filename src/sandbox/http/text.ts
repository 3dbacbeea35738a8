import { z } from "zod";
import { OPERATIONS, type OperationName } from "../../contract/operations.ts";

type Members = Readonly<Record<string, unknown>>;

interface Shape {
  readonly type?: string;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
}

const alternativesOf = (shape: Shape): readonly Shape[] => shape.anyOf?.flatMap(alternativesOf) ?? [shape];

const parseObject = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const parseText = (text: string, alternatives: readonly Shape[]): unknown => {
  const types = new Set(alternatives.map(({ type }) => type));
  if (types.has("object") && text.trimStart().startsWith("{")) return parseObject(text);
  if (types.has("string")) return text;
  if (types.has("integer") && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
};

const memberOf = (texts: readonly string[], shape: Shape, emptyIsNull: boolean): unknown => {
  const [first = ""] = texts;
  if (texts.length === 1 && first === "" && emptyIsNull) return null;
  const alternatives = alternativesOf(shape);
  const list = alternatives.find(({ type }) => type === "array");
  const single = alternatives.filter(({ type }) => type !== "array");
  const acceptsSingle = single.some(({ type }) => type !== "null");
  if (list !== undefined && (texts.length > 1 || !acceptsSingle)) {
    return texts.map((text) => parseText(text, alternativesOf(list.items ?? {})));
  }
  return texts.length > 1 ? texts : parseText(first, single);
};

/** Converts text members to the types of an operation's input. Text that does not match a type stays unchanged. */
export type TextReader = (fields: URLSearchParams, operation: OperationName, origin: "query" | "form") => Members;

/** Creates a reader that caches the input types of each operation. */
export const createTextReader = (): TextReader => {
  const shapes = new Map<OperationName, Shape>();
  const shapeOf = (operation: OperationName): Shape => {
    const input = OPERATIONS[operation].input as z.ZodType;
    const shape = shapes.get(operation) ?? (z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as Shape);
    shapes.set(operation, shape);
    return shape;
  };
  return (fields, operation, origin) => {
    const { properties = {} } = shapeOf(operation);
    const members: Record<string, unknown> = {};
    for (const name of new Set(fields.keys())) {
      const shape = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (shape !== undefined) members[name] = memberOf(fields.getAll(name), shape, origin === "form");
    }
    return members;
  };
};

/** The members as received; a repeated key becomes a list. */
export const plainMembers = (fields: URLSearchParams): Members => {
  const names = [...new Set(fields.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const texts = fields.getAll(name);
      return [name, texts.length > 1 ? texts : texts[0]];
    }),
  );
};

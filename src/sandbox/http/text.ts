import { z } from "zod";
import { OPERATIONS, type OperationName } from "../../contract/operations.ts";

type Members = Readonly<Record<string, unknown>>;

interface Shape {
  readonly type?: string;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
}

const formsOf = (shape: Shape): readonly Shape[] => shape.anyOf?.flatMap(formsOf) ?? [shape];

const parseObject = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const valueOf = (text: string, forms: readonly Shape[]): unknown => {
  const types = new Set(forms.map(({ type }) => type));
  if (types.has("object") && text.trimStart().startsWith("{")) return parseObject(text);
  if (types.has("string")) return text;
  if (types.has("integer") && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
};

const memberOf = (texts: readonly string[], shape: Shape, emptyIsNull: boolean): unknown => {
  const [first = ""] = texts;
  if (texts.length === 1 && first === "" && emptyIsNull) return null;
  const forms = formsOf(shape);
  const list = forms.find(({ type }) => type === "array");
  const single = forms.filter(({ type }) => type !== "array");
  const takesOne = single.some(({ type }) => type !== "null");
  if (list !== undefined && (texts.length > 1 || !takesOne)) {
    return texts.map((text) => valueOf(text, formsOf(list.items ?? {})));
  }
  return texts.length > 1 ? texts : valueOf(first, single);
};

/** Reads members that came as text with the types of an operation's input; text that does not fit is left as it came. */
export type TextReader = (fields: URLSearchParams, operation: OperationName, origin: "query" | "form") => Members;

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

/** The members as they came; a repeated key is a list. */
export const plainMembers = (fields: URLSearchParams): Members => {
  const names = [...new Set(fields.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const texts = fields.getAll(name);
      return [name, texts.length > 1 ? texts : texts[0]];
    }),
  );
};

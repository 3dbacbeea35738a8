import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { ROOT } from "../kit/program.ts";

/**
 * Renders the chart as `helm template` does, as far as the chart uses Go's templates: `if`, `with`, `range`, `define`, `include`, pipelines
 * and the functions below. Anything else is an error, so that the chart stays within what is tested here.
 */
const CHART = join(ROOT, "deploy/kubernetes/portico");

type Value = unknown;
type Scope = { readonly dot: Value; readonly variables: ReadonlyMap<string, Value> };
type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: string }
  | {
      readonly kind: "block";
      readonly keyword: string;
      readonly head: string;
      readonly body: readonly Node[];
    };

const isTrue = (value: Value): boolean =>
  Array.isArray(value)
    ? value.length > 0
    : typeof value === "object" && value !== null
      ? Object.keys(value).length > 0
      : Boolean(value);

const indent = (width: number, text: string): string => text.replace(/^(?=.)/gm, " ".repeat(width));

const yamlOf = (value: Value): string => stringify(value, { lineWidth: 0 }).trimEnd();

/** Splits at a separator outside of quotes and parentheses. */
const split = (text: string, separator: RegExp): readonly string[] => {
  const parts = [""];
  let depth = 0;
  for (const token of text.match(/"[^"]*"|[()]|[^"()]/g) ?? []) {
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    if (depth === 0 && separator.test(token)) parts.push("");
    else parts[parts.length - 1] += token;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
};

const parseTemplate = (source: string): readonly Node[] => {
  const tokens = source.split(/(\{\{-?[^]*?-?\}\})/).map((token, index, all) => {
    if (token.startsWith("{{")) return token;
    const [before = "", after = ""] = [all[index - 1], all[index + 1]];
    const start = before.endsWith("-}}") ? token.trimStart() : token;
    return after.startsWith("{{-") ? start.trimEnd() : start;
  });
  let position = 0;
  const nodes = (): Node[] => {
    const result: Node[] = [];
    for (; position < tokens.length; position += 1) {
      const token = tokens[position] ?? "";
      if (!token.startsWith("{{")) {
        result.push({ kind: "text", text: token });
        continue;
      }
      const action = token.replace(/^\{\{-?\s*|\s*-?\}\}$/g, "");
      const [keyword = "", ...rest] = action.split(" ");
      if (keyword === "end") return result;
      if (["if", "with", "range", "define"].includes(keyword)) {
        position += 1;
        result.push({ kind: "block", keyword, head: rest.join(" "), body: nodes() });
      } else result.push({ kind: "print", pipeline: action });
    }
    return result;
  };
  return nodes();
};

const renderer = (definitions: ReadonlyMap<string, readonly Node[]>) => {
  const functions: Readonly<Record<string, (...args: readonly Value[]) => Value>> = {
    include: (name, dot) =>
      render(definitions.get(String(name)) ?? fail(`template ${String(name)}`), { dot, variables: new Map() }),
    nindent: (width, text) => `\n${indent(Number(width), String(text))}`,
    toYaml: yamlOf,
    quote: (value) => JSON.stringify(String(value)),
    default: (fallback, value) => (isTrue(value) ? value : fallback),
    and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
    not: (value) => !isTrue(value),
  };
  const operand = (text: string, { dot, variables }: Scope): Value => {
    if (/^".*"$/.test(text)) return JSON.parse(text);
    if (/^\d+$/.test(text)) return Number(text);
    const [root = "", ...path] = text.split(".");
    if (root !== "" && !root.startsWith("$")) return fail(text);
    const from = root === "" ? dot : variables.get(root);
    return path
      .filter((name) => name !== "")
      .reduce((value: Value, name) => (value as Record<string, Value>)[name], from);
  };
  const command = (text: string, scope: Scope, piped: readonly Value[]): Value => {
    const [first = "", ...rest] = split(text, /\s/);
    const apply = functions[first];
    if (apply === undefined) return rest.length === 0 ? operand(first, scope) : fail(text);
    return apply(...rest.map((argument) => operand(argument, scope)), ...piped);
  };
  const evaluate = (pipeline: string, scope: Scope): Value =>
    split(pipeline, /\|/).reduce((piped: readonly Value[], text) => [command(text, scope, piped)], [])[0];
  const block = ({ keyword, head, body }: Node & { kind: "block" }, scope: Scope): string => {
    if (keyword === "define") return "";
    if (keyword === "range") {
      const [names = "", list = ""] = head.split(":=");
      const [key = "", name = ""] = names.split(",").map((part) => part.trim());
      return Object.entries(evaluate(list, scope) as object)
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([index, value]) =>
          render(body, { dot: value, variables: new Map([...scope.variables, [key, index], [name, value]]) }),
        )
        .join("");
    }
    const value = evaluate(head, scope);
    if (!isTrue(value)) return "";
    return render(body, keyword === "with" ? { ...scope, dot: value } : scope);
  };
  const render = (nodes: readonly Node[], scope: Scope): string =>
    nodes
      .map((node) => {
        if (node.kind === "text") return node.text;
        return node.kind === "block" ? block(node, scope) : String(evaluate(node.pipeline, scope));
      })
      .join("");
  return render;
};

const fail = (text: string): never => {
  throw new Error(`Cannot render ${text}.`);
};

const merged = (base: Record<string, Value>, over: Readonly<Record<string, Value>>): Record<string, Value> => {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const [own, isMap] = [result[key], typeof value === "object" && value !== null && !Array.isArray(value)];
    result[key] = isMap ? merged((own ?? {}) as Record<string, Value>, value as Record<string, Value>) : value;
  }
  return result;
};

/** The values of the chart with others over them. */
export const chartValues = async (over: Readonly<Record<string, Value>> = {}): Promise<Record<string, Value>> =>
  merged(parse(await readFile(join(CHART, "values.yaml"), "utf8")) as Record<string, Value>, over);

/** The schema of the chart's values. */
export const valuesSchema = async (): Promise<object> =>
  JSON.parse(await readFile(join(CHART, "values.schema.json"), "utf8")) as object;

/** The objects that the chart makes of these values. */
export const renderChart = async (values: Readonly<Record<string, Value>>): Promise<readonly KubernetesObject[]> => {
  const directory = join(CHART, "templates");
  const { appVersion } = parse(await readFile(join(CHART, "Chart.yaml"), "utf8")) as { readonly appVersion: string };
  const templates = await Promise.all(
    (await readdir(directory)).map(async (name) => ({
      name,
      nodes: parseTemplate(await readFile(join(directory, name), "utf8")),
    })),
  );
  const definitions = new Map(
    templates
      .flatMap(({ nodes }) => nodes)
      .flatMap((node) =>
        node.kind === "block" && node.keyword === "define" ? [[node.head.replaceAll('"', ""), node.body]] : [],
      ),
  );
  const render = renderer(definitions);
  const dot = {
    Values: values,
    Release: { Name: "demo", Service: "Helm" },
    Chart: { AppVersion: appVersion },
  };
  return templates
    .filter(({ name }) => name.endsWith(".yaml"))
    .flatMap(({ name, nodes }) =>
      parseAllDocuments(render(nodes, { dot, variables: new Map() })).map((document) => {
        if (document.errors.length > 0) throw new Error(`${name}: ${document.errors.join("\n")}`);
        return document.toJS() as KubernetesObject | null;
      }),
    )
    .filter((object) => object !== null);
};

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

import type { GraphQLFormattedError } from "graphql";
import { double, type Field, integer, message, textField } from "./protobuf.ts";
import type { Recorder, TraceNode } from "./recorder.ts";

/** Encodes Apollo's federated trace, version 1: a `Trace` of reports.proto, in Base64. Its errors are those of the response. */
export const encodeTrace = (
  { root, startedAt, elapsed }: Recorder,
  errors: readonly GraphQLFormattedError[] = [],
): string => {
  const duration = elapsed();
  const byNode = Map.groupBy(errors, ({ path = [] }) => nodeAt(root, path));
  const endedAt = startedAt + Number(duration / 1_000_000n);
  const trace = [
    message(3, timestamp(endedAt)),
    message(4, timestamp(startedAt)),
    integer(11, duration),
    message(14, nodeFields(root, byNode)),
    double(31, 1),
  ];
  return Buffer.concat(trace).toString("base64");
};

/** The node of a path, or its nearest ancestor that was resolved. */
const nodeAt = (node: TraceNode, [key, ...rest]: readonly (string | number)[]): TraceNode => {
  const child = key === undefined ? undefined : node.children.find((each) => each.key === key);
  return child === undefined ? node : nodeAt(child, rest);
};

const timestamp = (milliseconds: number): readonly Field[] => [
  integer(1, Math.floor(milliseconds / 1000)),
  integer(2, (milliseconds % 1000) * 1_000_000),
];

type Errors = ReadonlyMap<TraceNode, readonly GraphQLFormattedError[]>;

const nodeFields = (node: TraceNode, errors: Errors): readonly Field[] => {
  const { key, field, children } = node;
  return [
    ...(key === null ? [] : [typeof key === "number" ? integer(2, key) : textField(1, key)]),
    ...(field === undefined ? [] : fieldFields(field)),
    ...(errors.get(node) ?? []).map((error) => message(11, errorFields(error))),
    ...children.map((child) => message(12, nodeFields(child, errors))),
  ];
};

const fieldFields = ({ name, type, parentType, start, end }: NonNullable<TraceNode["field"]>): readonly Field[] => [
  ...(name === null ? [] : [textField(14, name)]),
  textField(3, type),
  textField(13, parentType),
  integer(8, start),
  integer(9, end),
];

const errorFields = (error: GraphQLFormattedError): readonly Field[] => [
  textField(1, error.message),
  ...(error.locations ?? []).map(({ line, column }) => message(2, [integer(1, line), integer(2, column)])),
  textField(4, JSON.stringify(error)),
];

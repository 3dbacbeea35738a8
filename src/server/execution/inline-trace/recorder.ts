import type { GraphQLResolveInfo } from "graphql";

type Path = GraphQLResolveInfo["path"];

/** A field of the response, or an index of one of its lists. */
export interface TraceNode {
  readonly key: string | number | null;
  readonly children: TraceNode[];
  field?: {
    /** The name in the schema if the response has an alias; null otherwise. */
    readonly name: string | null;
    readonly type: string;
    readonly parentType: string;
    /** Nanoseconds since the operation started. */
    readonly start: bigint;
    end: bigint;
  };
}

/** Records when each field of one operation starts and ends. */
export interface Recorder {
  /** Records the start of a field; returns a function that records its end. */
  readonly startField: (info: GraphQLResolveInfo) => () => void;
  readonly root: TraceNode;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Nanoseconds since the operation started. */
  readonly elapsed: () => bigint;
}

/** Creates a recorder for an operation that starts now. */
export const createRecorder = (): Recorder => {
  const startedAt = Date.now();
  const start = process.hrtime.bigint();
  const elapsed = () => process.hrtime.bigint() - start;
  const root: TraceNode = { key: null, children: [] };
  const childrenOf = new Map<TraceNode, Map<string | number, TraceNode>>();

  const nodeOf = (path: Path | undefined): TraceNode => {
    if (path === undefined) return root;
    const parent = nodeOf(path.prev);
    const siblings = childrenOf.get(parent) ?? new Map<string | number, TraceNode>();
    childrenOf.set(parent, siblings);
    const known = siblings.get(path.key);
    if (known !== undefined) return known;
    const node: TraceNode = { key: path.key, children: [] };
    siblings.set(path.key, node);
    parent.children.push(node);
    return node;
  };

  return {
    root,
    startedAt,
    elapsed,
    startField({ path, fieldName, returnType, parentType }) {
      const startedAfter = elapsed();
      const name = path.key === fieldName ? null : fieldName;
      const times = { start: startedAfter, end: startedAfter };
      const field = { name, type: String(returnType), parentType: parentType.name, ...times };
      nodeOf(path).field = field;
      return () => {
        field.end = elapsed();
      };
    },
  };
};

import type { GraphQLResolveInfo } from "graphql";

type Path = GraphQLResolveInfo["path"];

/** A field of the answer, or a place in one of its lists. */
export interface TraceNode {
  readonly key: string | number | null;
  readonly children: TraceNode[];
  field?: {
    /** Its name in the schema, where it has another one in the answer. */
    readonly name: string | null;
    readonly type: string;
    readonly parentType: string;
    /** Nanoseconds since the operation began. */
    readonly start: bigint;
    end: bigint;
  };
}

/** What is noted of one operation: when each field began and ended. */
export interface Recorder {
  /** LogFields that a field begins; returns what notes its end. */
  readonly begin: (info: GraphQLResolveInfo) => () => void;
  readonly root: TraceNode;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Nanoseconds since the operation began. */
  readonly elapsed: () => bigint;
}

export const createRecorder = (): Recorder => {
  const startedAt = Date.now();
  const began = process.hrtime.bigint();
  const elapsed = () => process.hrtime.bigint() - began;
  const root: TraceNode = { key: null, children: [] };
  const nodes = new Map<Path, TraceNode>();

  const nodeOf = (path: Path | undefined): TraceNode => {
    if (path === undefined) return root;
    const known = nodes.get(path);
    if (known !== undefined) return known;
    const node: TraceNode = { key: path.key, children: [] };
    nodes.set(path, node);
    nodeOf(path.prev).children.push(node);
    return node;
  };

  return {
    root,
    startedAt,
    elapsed,
    begin({ path, fieldName, returnType, parentType }) {
      const start = elapsed();
      const name = path.key === fieldName ? null : fieldName;
      const field = { name, type: String(returnType), parentType: parentType.name, start, end: start };
      nodeOf(path).field = field;
      return () => {
        field.end = elapsed();
      };
    },
  };
};

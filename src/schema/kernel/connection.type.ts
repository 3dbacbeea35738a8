import { builder, type Ref } from "./builder.ts";
import { type Connection, type Edge, edgesOf, PageInfo } from "./connection.ts";

interface ConnectionDescription<Row, NodeSource> {
  /** Without `Connection`. */
  readonly name: string;
  readonly description: string;
  readonly edgeDescription: string;
  readonly nodeDescription: string;
  readonly node: Ref<NodeSource>;
  readonly nodeOf: (row: Row) => NodeSource;
}

interface EnrollmentOfEdge<Row, EnrollmentSource> {
  readonly type: Ref<EnrollmentSource>;
  readonly of: (row: Row) => EnrollmentSource;
}

/** The type of a page and of its edges; with `enrollment`, an edge tells of the user on the device as well. */
export const implementConnection = <Row, NodeSource, EnrollmentSource = never>(
  ref: Ref<Connection<Row>>,
  { name, description, edgeDescription, nodeDescription, node, nodeOf }: ConnectionDescription<Row, NodeSource>,
  enrollment?: EnrollmentOfEdge<Row, EnrollmentSource>,
): void => {
  const EdgeRef = builder.objectRef<Edge<Row>>(`${name}Edge`);
  builder.objectType(EdgeRef, {
    description: edgeDescription,
    fields: (t) => ({
      cursor: t.string({ description: "Place.", resolve: ({ connection, index }) => connection.cursorAt(index) }),
      node: t.field({ type: node, description: nodeDescription, resolve: ({ row }) => nodeOf(row) as never }),
    }),
  });
  if (enrollment !== undefined) {
    builder.objectField(EdgeRef, "enrollment", (t) =>
      t.field({
        type: enrollment.type,
        description: "The user on this device.",
        resolve: ({ row }) => enrollment.of(row) as never,
      }),
    );
  }
  builder.objectType(ref, {
    description,
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        description: enrollment === undefined ? "With cursors." : "With cursors and enrolments.",
        resolve: (connection) => edgesOf(connection) as never,
      }),
      nodes: t.field({ type: [node], description: "Without.", resolve: ({ rows }) => rows.map(nodeOf) as never }),
      pageInfo: t.field({ type: PageInfo, description: "Place.", resolve: (connection) => connection }),
      totalCount: t.int({ nullable: true, description: "All there are.", resolve: ({ totalCount }) => totalCount }),
    }),
  });
};

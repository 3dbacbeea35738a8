import { builder, type Ref } from "./builder.ts";
import { type Connection, type Edge, edgesOf, PageInfo } from "./connection.ts";

interface ConnectionDescription<Row, NodeSource> {
  /** The name of the connection type without `Connection`. */
  readonly name: string;
  readonly description: string;
  readonly edgeDescription: string;
  readonly nodeDescription: string;
  /** When `totalCount` is null although the gateway reports it. */
  readonly uncounted?: string;
  readonly node: Ref<NodeSource>;
  readonly nodeOf: (row: Row) => NodeSource;
}

interface EdgeEnrollment<Row, EnrollmentSource> {
  readonly type: Ref<EnrollmentSource>;
  readonly of: (row: Row) => EnrollmentSource;
}

/** Pothos cannot resolve the source of a ref whose type is a parameter; the parameters of `implementConnection` check it instead. */
const asSource = (value: unknown) => value as never;

/** Implements a connection type and its edge type. With `enrollment`, each edge also has the enrollment of the user on the device. */
export const implementConnection = <Row, NodeSource, EnrollmentSource = never>(
  ref: Ref<Connection<Row>>,
  {
    name,
    description,
    edgeDescription,
    nodeDescription,
    uncounted,
    node,
    nodeOf,
  }: ConnectionDescription<Row, NodeSource>,
  enrollment?: EdgeEnrollment<Row, EnrollmentSource>,
): void => {
  const EdgeRef = builder.objectRef<Edge<Row>>(`${name}Edge`);
  builder.objectType(EdgeRef, {
    description: edgeDescription,
    fields: (t) => ({
      cursor: t.string({
        description: "Opaque cursor of this item. Pass it as `after` to continue behind the item.",
        resolve: ({ connection, index }) => connection.cursorAt(index),
      }),
      node: t.field({ type: node, description: nodeDescription, resolve: ({ row }) => asSource(nodeOf(row)) }),
    }),
  });
  if (enrollment !== undefined) {
    builder.objectField(EdgeRef, "enrollment", (t) =>
      t.field({
        type: enrollment.type,
        description: "How the user is enrolled on this device: role, credentials and synchronization.",
        resolve: ({ row }) => asSource(enrollment.of(row)),
      }),
    );
  }
  builder.objectType(ref, {
    description,
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        description:
          enrollment === undefined
            ? "The items of this page with their cursors. Use `nodes` if you do not need the cursors."
            : "The items of this page with their cursors and enrollments.",
        resolve: (connection) => asSource(edgesOf(connection)),
      }),
      nodes: t.field({
        type: [node],
        description: "The items of this page, without their cursors.",
        resolve: ({ rows }) => asSource(rows.map(nodeOf)),
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: "Whether there are more pages, and the cursor to continue with.",
        resolve: (connection) => connection,
      }),
      totalCount: t.int({
        nullable: true,
        description:
          "Number of items on all pages; an estimate if the gateway only estimates it. Null if the gateway does not report it" +
          (uncounted === undefined ? "." : `, and ${uncounted}.`),
        resolve: ({ totalCount }) => totalCount,
      }),
    }),
  });
};

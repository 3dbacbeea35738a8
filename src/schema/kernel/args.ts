import type { builder } from "./builder.ts";
import type { ListSize } from "./directives.ts";

/** What makes the arguments of a field. */
export type ArgumentBuilder = Parameters<Parameters<typeof builder.queryFields>[0]>[0]["arg"];

/** The arguments of every connection. */
export const pageArgs = (arg: ArgumentBuilder) => ({
  first: arg.int({
    defaultValue: 50,
    description: "How many items to return, from 1 to 500. The last page may hold fewer.",
  }),
  after: arg.string({
    description:
      "Return the items after this cursor, the `pageInfo.endCursor` of the page before. Omit it for the first page.",
  }),
});

/** The arguments of every list that is filtered by time. */
export const periodArgs = (arg: ArgumentBuilder) => ({
  from: arg({
    type: "LocalDateTime",
    required: true,
    description: "Start of the period, inclusive. It is compared with the wall clock of each device.",
  }),
  to: arg({
    type: "LocalDateTime",
    required: true,
    description: "End of the period, exclusive, on the wall clock of each device; at most 31 days after `from`.",
  }),
});

/** The list size of a connection: as long as the page. */
export const CONNECTION_SIZE: ListSize = {
  slicingArguments: ["first"],
  sizedFields: ["edges", "nodes"],
  requireOneSlicingArgument: false,
};

/** The list size of a page without edges. */
export const PAGE_SIZE: ListSize = { slicingArguments: ["first"], sizedFields: ["nodes"] };

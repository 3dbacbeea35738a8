import type { ListSize } from "./directives.ts";

/** Of a connection: as long as its page. */
export const CONNECTION_SIZE: ListSize = {
  slicingArguments: ["first"],
  sizedFields: ["edges", "nodes"],
  requireOneSlicingArgument: false,
};

/** Of a page that has no edges. */
export const PAGE_SIZE: ListSize = { slicingArguments: ["first"], sizedFields: ["nodes"] };

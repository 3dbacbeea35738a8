import type { ListSize } from "./directives.ts";

/** Of a connection: as long as its page. */
export const BY_FIRST: ListSize = {
  slicingArguments: ["first"],
  sizedFields: ["edges", "nodes"],
  requireOneSlicingArgument: false,
};

/** Of a page that has no edges. */
export const NODES_BY_FIRST: ListSize = { slicingArguments: ["first"], sizedFields: ["nodes"] };

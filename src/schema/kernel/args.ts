import type { builder } from "./builder.ts";

type ArgumentBuilder = Parameters<Parameters<typeof builder.queryFields>[0]>[0]["arg"];

/** Of every connection. */
export const pageArgs = (arg: ArgumentBuilder) => ({
  first: arg.int({ defaultValue: 50, description: "Page size, up to 500." }),
  after: arg.string({ description: "Behind this cursor." }),
});

/** Of every list by time. */
export const periodArgs = (arg: ArgumentBuilder) => ({
  from: arg({ type: "LocalDateTime", required: true, description: "First moment." }),
  to: arg({ type: "LocalDateTime", required: true, description: "End, exclusive; at most 31 days on." }),
});

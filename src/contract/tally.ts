import type { Members } from "./lookup.ts";

/** What a reader of an answer counts and knows: unreadable rows, at any depth, and what was asked for. */
export interface Tally {
  rejected: number;
  /** Whether rows declared with `rowsOnDemand` may be views. */
  readonly onDemand: boolean;
  /** The input of the request, which names devices and people that its rows need not repeat. */
  readonly asked?: Members | undefined;
}

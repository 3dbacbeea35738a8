import { createClient, type PorticoClientOptions } from "portico-graphql/client";
import { ADDED, TODAY } from "./documents.ts";

/** Today's punches, newest first, without a framework. */
export const followWithPlainClient = (options: PorticoClientOptions) =>
  createClient(options).follow({
    snapshot: TODAY,
    cursor: (data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: ADDED,
    row: (data) => data.punchAdded.punch,
    key: (punch) => punch.id,
  });

import type { PorticoClient } from "portico-graphql/client";
import { useFollow } from "portico-graphql/react";
import { ADDED, TODAY } from "./documents.ts";

/** Today's punches, newest first, as a component. */
export const Punches = ({ client }: { readonly client: PorticoClient }) => {
  const { rows, state } = useFollow(client, {
    snapshot: TODAY,
    cursor: (data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: ADDED,
    row: (data) => data.punchAdded.punch,
    key: (punch) => punch.id,
  });
  const items = rows.map(({ id, localTime, user }) => (
    <li key={id}>{`${localTime} ${user.name ?? user.employeeCode}`}</li>
  ));
  return <ol aria-label={state.status}>{items}</ol>;
};

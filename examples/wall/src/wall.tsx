import { useFollow } from "portico-graphql/react";
import { useState } from "react";
import type { Clients } from "./clients.ts";
import { Day, type Person } from "./day.tsx";
import { Devices } from "./devices.tsx";
import { DEVICE_CHANGED, DEVICES, PUNCH_ADDED, TODAY } from "./documents.ts";
import { Doors } from "./doors.tsx";
import { Export } from "./export.tsx";
import { type Filter, Filters, NO_FILTER } from "./filters.tsx";
import type { WallViewerQuery } from "./__generated__/graphql.ts";
import { Punches } from "./punches.tsx";
import { refusalOf, State, worstOf } from "./state.tsx";

interface WallProps {
  readonly clients: Clients;
  readonly viewer: WallViewerQuery;
  /** Forgets the key; null if there is none. */
  readonly onLeave: (() => void) | null;
}

/** Devices, doors and today's punches, live. */
export const Wall = ({ clients, viewer, onLeave }: WallProps) => {
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const [person, setPerson] = useState<Person | null>(null);
  const punches = useFollow(clients.source, {
    snapshot: TODAY,
    cursor: (data) => data.attendanceToday?.cursor,
    rows: (data) => data.attendanceToday?.punches.nodes,
    subscription: PUNCH_ADDED,
    row: (data) => data.punchAdded.punch,
    key: (punch) => punch.id,
    limit: 500,
  });
  const devices = useFollow(clients.source, {
    snapshot: DEVICES,
    rows: (data) =>
      data.devices?.nodes.map(({ health, ...device }) => ({
        ...device,
        queueStatus: health?.queueStatus ?? null,
        queueDepth: health?.queueDepth ?? null,
      })),
    subscription: DEVICE_CHANGED,
    row: ({ deviceStatusChanged: { device, status, queueStatus, queueDepth } }) => ({
      ...device,
      status,
      queueStatus,
      queueDepth,
    }),
    key: (device) => device.id,
  });
  const refusal = refusalOf(punches.state);
  const canOpen = viewer.viewer.scopes.includes("doors:control");

  return (
    <>
      <header>
        <h1>Portico</h1>
        {viewer.gateway.sandbox ? <span className="badge">Sandbox</span> : null}
        <State state={worstOf([punches.state, devices.state])} />
        {onLeave === null ? null : (
          <button type="button" onClick={onLeave}>
            Sign out
          </button>
        )}
      </header>
      <main>
        <Devices devices={devices.rows} refusal={refusalOf(devices.state)} />
        <section className="punches" aria-labelledby="punches">
          <h2 id="punches">Punches today</h2>
          {refusal === "" ? (
            <>
              <Filters filter={filter} devices={devices.rows} onChange={setFilter} />
              <Export urql={clients.urql} device={filter.device} />
              <Punches
                punches={punches.rows}
                filter={filter}
                isLive={punches.state.status === "live"}
                onPerson={setPerson}
              />
            </>
          ) : (
            <p className="hint">{refusal}</p>
          )}
        </section>
        <Doors portico={clients.portico} canOpen={canOpen} />
      </main>
      {person === null ? null : <Day key={person.code} person={person} onClose={() => setPerson(null)} />}
    </>
  );
};

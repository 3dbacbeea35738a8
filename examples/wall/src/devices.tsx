import { words } from "./words.ts";

interface Device {
  readonly id: string;
  readonly serialNumber: string;
  readonly name?: string | null;
  readonly model?: string | null;
  readonly status?: string | null;
  readonly queueStatus?: string | null;
  readonly queueDepth?: number | null;
  readonly lastSeenAt?: string | null;
}

interface DevicesProps {
  readonly devices: readonly Device[];
  /** Why this caller sees none; empty text if it may. */
  readonly refusal: string;
}

const SHORT = { dateStyle: "medium", timeStyle: "short" } as const;

/** The devices, with their health at a glance. */
export const Devices = ({ devices, refusal }: DevicesProps) => (
  <section className="devices" aria-labelledby="devices">
    <h2 id="devices">Devices</h2>
    {refusal === "" ? null : <p className="hint">{refusal}</p>}
    {/* On a television the list scrolls and has nothing else to focus. */}
    <ul tabIndex={0} hidden={refusal !== ""} aria-labelledby="devices">
      {devices.map(({ id, serialNumber, name, status, queueStatus, queueDepth, lastSeenAt }) => (
        <li key={id} data-status={status ?? "UNKNOWN"}>
          <strong>{name ?? serialNumber}</strong>
          <span className="status">{words(status ?? "UNKNOWN")}</span>
          {queueStatus === "STUCK" ? (
            <span className="warning detail">Events stuck ({queueDepth ?? "?"} waiting)</span>
          ) : null}
          {status === "OFFLINE" && lastSeenAt != null ? (
            <span className="detail">
              Last seen <time dateTime={lastSeenAt}>{new Date(lastSeenAt).toLocaleString(undefined, SHORT)}</time>
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  </section>
);

import type { ConnectionState } from "portico-graphql/client";
import { useEffect, useState } from "react";
import { PULSE } from "./documents.ts";
import { usePolled } from "./read.ts";

const LABELS = {
  connecting: "Connecting",
  "catching up": "Catching up",
  live: "Live",
  gap: "Events were lost; reading again",
  offline: "Offline",
  closed: "Ended",
} as const satisfies Record<ConnectionState["status"], string>;

const SEVERITY = ["live", "catching up", "connecting", "gap", "offline", "closed"] as const;

/** The state that a viewer should know about, of several streams. */
export const worstOf = (states: readonly ConnectionState[]): ConnectionState =>
  states.reduce((worst, state) => (SEVERITY.indexOf(state.status) > SEVERITY.indexOf(worst.status) ? state : worst));

const PULSE_MS = 5_000;

/** Says how current the page is. */
export const State = ({ state }: { readonly state: ConnectionState }) => {
  const { error } = usePolled(PULSE, PULSE_MS);
  const isDelayed = error?.graphQLErrors.some(({ extensions }) => extensions["code"] === "EVENTS_UNAVAILABLE") === true;
  const { status } = state;
  return (
    <p className="state" data-state={status === "live" && isDelayed ? "delayed" : status}>
      <span role="status">{status === "live" && isDelayed ? "Events are delayed" : LABELS[status]}</span>
      {status === "offline" ? <Countdown until={state.retryAt} /> : null}
      {status === "closed" ? (
        <span>: {state.errors?.map(({ message }) => message).join(" ") ?? state.reason}</span>
      ) : null}
    </p>
  );
};

/** The seconds until the next attempt. A screen reader is not interrupted by each of them. */
const Countdown = ({ until }: { readonly until: number }) => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return <span aria-hidden="true"> · next attempt in {Math.max(0, Math.ceil((until - now) / 1_000))} s</span>;
};

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

const isRefused = (state: ConnectionState): boolean => state.status === "closed" && state.reason === "refused";

/** The state that a viewer should know about, of several streams. What this caller may not read does not count beside what arrives. */
export const worstOf = (states: readonly ConnectionState[]): ConnectionState => {
  const served = states.filter((state) => !isRefused(state));
  return (served.length === 0 ? states : served).reduce((worst, state) =>
    SEVERITY.indexOf(state.status) > SEVERITY.indexOf(worst.status) ? state : worst,
  );
};

/** What the server said, each sentence once. */
export const sentencesOf = (errors: readonly { readonly message: string }[]): string =>
  [...new Set(errors.map(({ message }) => message))].join(" ");

/** Why a part of the page has nothing to show; empty text if its rows are only not there yet. */
export const refusalOf = (state: ConnectionState): string =>
  isRefused(state) && state.status === "closed" ? sentencesOf(state.errors ?? []) : "";

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
        <span>: {state.errors === undefined ? state.reason : sentencesOf(state.errors)}</span>
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

import { useEffect, useRef } from "react";
import type { CombinedError } from "urql";
import { DAY } from "./documents.ts";
import { useRead } from "./read.ts";
import { sentencesOf } from "./state.tsx";
import { addDays, timeOf, words } from "./words.ts";

/** Whose day is shown, and which. */
export interface Person {
  readonly code: string;
  readonly name: string;
  readonly date: string;
}

const duration = (minutes: number | null): string =>
  minutes === null ? "–" : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;

/** The day of a person, in a dialog that Escape closes. */
export const Day = ({
  person: { code, name, date },
  onClose,
}: {
  readonly person: Person;
  readonly onClose: () => void;
}) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const { data, fetching, error } = useRead(DAY, {
    code,
    date,
    from: `${date}T00:00:00`,
    to: `${addDays(date, 1)}T00:00:00`,
  });
  const day = data?.attendanceDays?.nodes[0];
  const punches = data?.user?.punches?.nodes ?? [];
  return (
    <dialog ref={dialog} aria-labelledby="day" onClose={() => dialog.current?.open !== true && onClose()}>
      <h2 id="day">{name}</h2>
      <p>
        {code} · <time dateTime={date}>{date}</time>
      </p>
      {day === undefined ? null : (
        <dl>
          <dt>Status</dt>
          <dd>{words(day.status)}</dd>
          <dt>First in</dt>
          <dd>{day.firstIn ? timeOf(day.firstIn.localTime) : "–"}</dd>
          <dt>Last out</dt>
          <dd>{day.lastOut ? timeOf(day.lastOut.localTime) : "–"}</dd>
          <dt>Worked</dt>
          <dd>{duration(day.workedMinutes)}</dd>
          <dt>Breaks</dt>
          <dd>{duration(day.breakMinutes)}</dd>
        </dl>
      )}
      <p role="status">{fetching ? "Reading …" : summaryOf(punches.length, data?.user == null, error)}</p>
      <ol aria-label="Punches of the day">
        {punches.map(({ id, localTime, direction, device }) => (
          <li key={id}>
            <time dateTime={localTime}>{timeOf(localTime)}</time> {words(direction)}, {device.name ?? ""}
          </li>
        ))}
      </ol>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
};

const summaryOf = (count: number, isUnknown: boolean, error: CombinedError | undefined): string => {
  if (isUnknown && error !== undefined)
    return sentencesOf(error.networkError ? [error.networkError] : error.graphQLErrors);
  if (isUnknown) return "The gateway has no record of this person.";
  const punches = count === 1 ? "1 punch" : `${count} punches`;
  return error !== undefined ? `${punches}; a part could not be read` : punches;
};

import { useState } from "react";
import type { Person } from "./day.tsx";
import type { Filter } from "./filters.tsx";
import type { WallTodayQuery } from "./__generated__/graphql.ts";
import { timeOf, words } from "./words.ts";

type Punch = NonNullable<WallTodayQuery["attendanceToday"]>["punches"]["nodes"][number];

interface PunchesProps {
  readonly punches: readonly Punch[];
  readonly filter: Filter;
  readonly isLive: boolean;
  readonly onPerson: (person: Person) => void;
}

const nameOf = ({ user }: Punch): string => user.name ?? user.employeeCode;

const matches = ({ person, device, direction }: Filter, punch: Punch): boolean =>
  `${nameOf(punch)} ${punch.user.employeeCode}`.toLowerCase().includes(person.trim().toLowerCase()) &&
  (device === "" || punch.device.serialNumber === device) &&
  (direction === "" || punch.direction === direction);

/** By the instant, because the wall clocks of devices differ. */
const newestFirst = (one: Punch, other: Punch): number =>
  (other.at ?? other.localTime).localeCompare(one.at ?? one.localTime);

/** The punches, newest first. The newest one is announced to screen readers. */
export const Punches = ({ punches, filter, isLive, onPerson }: PunchesProps) => {
  const shown = punches.filter((punch) => matches(filter, punch)).sort(newestFirst);
  const [newest] = shown;
  return (
    <>
      <p className="hidden" aria-live="polite">
        {isLive && newest !== undefined
          ? `${nameOf(newest)}, ${words(newest.direction)}, ${newest.device.name ?? ""}`
          : ""}
      </p>
      {shown.length === 0 ? <p>No punches{punches.length === 0 ? " yet" : " match the filters"}.</p> : null}
      <ol aria-label="Punches, newest first">
        {shown.map((punch) => (
          <li key={punch.id}>
            <button
              type="button"
              onClick={() =>
                onPerson({ code: punch.user.employeeCode, name: nameOf(punch), date: punch.localTime.slice(0, 10) })
              }
            >
              <Face name={nameOf(punch)} url={punch.photo?.url ?? null} />
              <strong>{nameOf(punch)}</strong>
              <span className="direction" data-direction={punch.direction}>
                {words(punch.direction)}
              </span>
              <span className="place">{punch.device.name ?? punch.device.serialNumber}</span>
              <time dateTime={punch.at ?? punch.localTime}>{timeOf(punch.localTime)}</time>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
};

/** The photo of a punch, or the initials of the person if there is none. */
const Face = ({ name, url }: { readonly name: string; readonly url: string | null }) => {
  const [isMissing, setMissing] = useState(false);
  if (url !== null && !isMissing) {
    return (
      <img className="face" src={url} alt="" width="44" height="44" loading="lazy" onError={() => setMissing(true)} />
    );
  }
  const [first = "", ...rest] = name.split(/\s+/);
  return (
    <span className="face" aria-hidden="true">
      {`${first.slice(0, 1)}${rest.at(-1)?.slice(0, 1) ?? ""}`.toUpperCase()}
    </span>
  );
};

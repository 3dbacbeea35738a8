import { words } from "./words.ts";

/** Which punches are shown; empty text means all. */
export interface Filter {
  readonly person: string;
  readonly device: string;
  readonly direction: string;
}

export const NO_FILTER: Filter = { person: "", device: "", direction: "" };

const DIRECTIONS = [
  "CHECK_IN",
  "CHECK_OUT",
  "BREAK_OUT",
  "BREAK_IN",
  "MEAL_OUT",
  "MEAL_IN",
  "OVERTIME_IN",
  "OVERTIME_OUT",
  "UNCLASSIFIED",
];

interface FiltersProps {
  readonly filter: Filter;
  readonly devices: readonly { readonly id: string; readonly serialNumber: string; readonly name?: string | null }[];
  readonly onChange: (filter: Filter) => void;
}

/** Restricts the punches to a person, a device and a direction. */
export const Filters = ({ filter, devices, onChange }: FiltersProps) => (
  <form className="filters" role="search" aria-label="Punches" onSubmit={(event) => event.preventDefault()}>
    <label>
      Person
      <input
        type="search"
        value={filter.person}
        placeholder="Name or code"
        onChange={(event) => onChange({ ...filter, person: event.target.value })}
      />
    </label>
    <label>
      Device
      <select value={filter.device} onChange={(event) => onChange({ ...filter, device: event.target.value })}>
        <option value="">All</option>
        {devices.map(({ id, serialNumber, name }) => (
          <option key={id} value={serialNumber}>
            {name ?? serialNumber}
          </option>
        ))}
      </select>
    </label>
    <label>
      Direction
      <select value={filter.direction} onChange={(event) => onChange({ ...filter, direction: event.target.value })}>
        <option value="">All</option>
        {DIRECTIONS.map((direction) => (
          <option key={direction} value={direction}>
            {words(direction)}
          </option>
        ))}
      </select>
    </label>
  </form>
);

/** A value of an enum as people read it: `CHECK_IN` is `Check in`. */
export const words = (value: string): string => {
  const text = value.toLowerCase().replaceAll("_", " ");
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
};

/** The time of day of a local date and time. */
export const timeOf = (localTime: string): string => localTime.slice(11, 16);

/** A date so many days later, both as `2026-06-21`. */
export const addDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

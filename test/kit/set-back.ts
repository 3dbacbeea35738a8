import { onTestFinished, vi } from "vitest";

const HOUR_MS = 3_600_000;

/** Sets the clock back by an hour for the rest of the test, as a time server or a resumed machine may do it. */
export const setBack = (): void => {
  const real = Date.now;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => real() - HOUR_MS);
  onTestFinished(() => clock.mockRestore());
};

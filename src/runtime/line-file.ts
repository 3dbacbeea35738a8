import { closeSync, openSync, writeSync } from "node:fs";

/** A file that lines are added to. */
export interface LineFile {
  readonly write: (line: string) => void;
  readonly close: () => void;
}

/**
 * Opens a file, which is made where there is none, for its owner alone. Each line is written when `write` returns, at the
 * end of whatever the file is then: it may be copied and cut meanwhile. Throws where it cannot be opened.
 */
export const openLineFile = (path: string, onFault: (error: unknown) => void): LineFile => {
  const file = openSync(path, "a", 0o600);
  return {
    write(line) {
      try {
        writeSync(file, line);
      } catch (error) {
        onFault(error);
      }
    },
    close: () => closeSync(file),
  };
};

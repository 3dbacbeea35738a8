import { closeSync, openSync, writeSync } from "node:fs";

/** A file that lines are appended to. */
export interface LineFile {
  readonly write: (line: string) => void;
  readonly close: () => void;
}

/**
 * Opens a file for appending and creates it, readable by its owner only, if it does not exist. Each line is written to the
 * current end of the file before `write` returns, so that the file may be copied and truncated meanwhile.
 *
 * @throws if the file cannot be opened.
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

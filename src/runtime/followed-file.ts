import { readFile, stat } from "node:fs/promises";

/** How a file is followed. */
export interface FollowedFileOptions<Value> {
  readonly path: string;
  /** Throws if the text is invalid; its message must not repeat what must not be logged. */
  readonly parse: (text: string) => Value;
  /** Minimum time in milliseconds between two checks for a change; a check happens only when the value is read. */
  readonly checkIntervalMs: number;
  /** Called if the file becomes invalid or disappears; the last valid value remains in use. */
  readonly onFault: (error: unknown) => void;
  readonly onChange: (value: Value) => void;
}

/** The current value of a file. */
export interface FollowedFile<Value> {
  /** Returns the current value, and starts a check of the file if one is due. */
  readonly value: () => Value;
  /** Returns the value after a check of the file, if one is due. Never rejects. */
  readonly fresh: () => Promise<Value>;
  /** Reads the file and returns its value. Never rejects. */
  readonly reload: () => Promise<Value>;
}

/** Follows a file that may be replaced while the process runs. Rejects if the file is missing or invalid at the start. */
export const openFollowedFile = async <Value>(options: FollowedFileOptions<Value>): Promise<FollowedFile<Value>> => {
  const { path, parse, checkIntervalMs, onFault, onChange } = options;
  let text = await readFile(path, "utf8");
  let value = parse(text);
  let revision = await revisionOf(path);
  let checkedAt = performance.now();
  let reading: Promise<Value> | undefined;
  let checking: Promise<void> | undefined;

  const read = async (): Promise<Value> => {
    try {
      const readRevision = await revisionOf(path);
      const readText = await readFile(path, "utf8");
      if (readText !== text) {
        value = parse(readText);
        text = readText;
        onChange(value);
      }
      revision = readRevision;
    } catch (error) {
      onFault(error);
    } finally {
      reading = undefined;
    }
    return value;
  };

  const reload = () => (reading ??= read());

  const check = async () => {
    const current = await revisionOf(path).catch(() => null);
    if (current !== revision) await reload();
  };

  const checkIfDue = () => {
    if (performance.now() - checkedAt < checkIntervalMs) return;
    checkedAt = performance.now();
    checking = check();
  };

  return {
    value() {
      checkIfDue();
      return value;
    },
    async fresh() {
      checkIfDue();
      await checking;
      return value;
    },
    reload,
  };
};

/** Returns a text that changes when the file is replaced or written. */
const revisionOf = async (path: string): Promise<string> => {
  const { mtimeMs, ino, size } = await stat(path);
  return `${mtimeMs} ${ino} ${size}`;
};

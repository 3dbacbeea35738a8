import { readFile, stat } from "node:fs/promises";

export interface FollowedFileOptions<Value> {
  readonly path: string;
  /** Throws where the text is none; its message may not repeat what must not be logged. */
  readonly parse: (text: string) => Value;
  /** How often it is looked whether the file has changed, at most; it is looked when the value is asked for. */
  readonly everyMs: number;
  /** Told when the file has changed to something that is none, or is gone: the last good value stands. */
  readonly onFault: (error: unknown) => void;
  readonly onChange: (value: Value) => void;
}

export interface FollowedFile<Value> {
  readonly value: () => Value;
  /** The value, after a look at the file where the last one is longer ago than `everyMs`. Never rejects. */
  readonly fresh: () => Promise<Value>;
  /** The value after a look at the file. Never rejects. */
  readonly reload: () => Promise<Value>;
}

/** A value in a file that is replaced while the process runs. Rejects where there is none at the start. */
export const openFollowedFile = async <Value>(options: FollowedFileOptions<Value>): Promise<FollowedFile<Value>> => {
  const { path, parse, everyMs, onFault, onChange } = options;
  let text = await readFile(path, "utf8");
  let value = parse(text);
  let mark = await markOf(path);
  let lookedAt = performance.now();
  let reading: Promise<Value> | undefined;
  let looking: Promise<void> | undefined;

  const read = async (): Promise<Value> => {
    try {
      const marked = await markOf(path);
      const found = await readFile(path, "utf8");
      if (found !== text) {
        value = parse(found);
        text = found;
        onChange(value);
      }
      mark = marked;
    } catch (error) {
      onFault(error);
    } finally {
      reading = undefined;
    }
    return value;
  };

  const reload = () => (reading ??= read());

  const look = async () => {
    const marked = await markOf(path).catch(() => null);
    if (marked !== mark) await reload();
  };

  const lookIfDue = () => {
    if (performance.now() - lookedAt < everyMs) return;
    lookedAt = performance.now();
    looking = look();
  };

  return {
    value() {
      lookIfDue();
      return value;
    },
    async fresh() {
      lookIfDue();
      await looking;
      return value;
    },
    reload,
  };
};

/** Other where the file is. */
const markOf = async (path: string): Promise<string> => {
  const { mtimeMs, ino, size } = await stat(path);
  return `${mtimeMs} ${ino} ${size}`;
};

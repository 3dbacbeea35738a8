import { ConfigError } from "../../config/config.ts";
import { type FollowedFile, type FollowedFileOptions, openFollowedFile } from "../../runtime/followed-file.ts";

interface AccessFileOptions<Value> extends Pick<FollowedFileOptions<Value>, "path" | "parse" | "onFault"> {
  /** What names the file in the configuration. */
  readonly variable: string;
}

/** How late a change counts. */
const LOOK_MS = 2_000;

/** A file that callers are known by. Rejects with ConfigError where it is missing or wrong at the start. */
export const openAccessFile = <Value>({ variable, ...file }: AccessFileOptions<Value>): Promise<FollowedFile<Value>> =>
  openFollowedFile({ ...file, everyMs: LOOK_MS, onChange: () => {} }).catch((error: unknown) => {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([`${variable}: ${(error as Error).message}.`]);
  });

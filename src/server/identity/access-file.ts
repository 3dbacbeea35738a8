import { ConfigError } from "../../config/config.ts";
import { type FollowedFile, type FollowedFileOptions, openFollowedFile } from "../../runtime/followed-file.ts";

interface AccessFileOptions<Value> extends Pick<FollowedFileOptions<Value>, "path" | "parse" | "onFault"> {
  /** The variable that names the file. */
  readonly variable: string;
}

/** Maximum delay until a change takes effect. */
const CHECK_INTERVAL_MS = 2_000;

/**
 * Follows a file of credentials or keys.
 *
 * @throws ConfigError if the file is missing or invalid at the start.
 */
export const openAccessFile = <Value>({ variable, ...file }: AccessFileOptions<Value>): Promise<FollowedFile<Value>> =>
  openFollowedFile({ ...file, checkIntervalMs: CHECK_INTERVAL_MS, onChange: () => {} }).catch((error: unknown) => {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([`${variable}: ${(error as Error).message}.`]);
  });

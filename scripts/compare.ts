import { breakingChanges, unannounced } from "./breaking.ts";
import { readReleased } from "./releases.ts";

/*
 * Prints the breaking changes between the last released schema and the current one. The exit code is 1 if the changelog does
 * not name one of them.
 */

const { version, released, current, changelog } = readReleased();
const changes = await breakingChanges(released, current);
const unnamed = new Set(unannounced(changes, changelog));
process.stdout.write(`${changes.length} breaking changes since ${version}.\n`);
for (const change of changes) {
  const announcement = unnamed.has(change) ? `not named in CHANGELOG.md under "Breaking": \`${change.path}\`` : "named";
  process.stdout.write(`- ${change.message} (${announcement})\n`);
}
process.exitCode = unnamed.size > 0 ? 1 : 0;

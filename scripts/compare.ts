import { breakingChanges, unannounced } from "./breaking.ts";
import { readReleased } from "./releases.ts";

/** Tells what breaks between the schema of the last release and the one of now; fails for what the changelog does not name. */

const { version, released, current, changelog } = readReleased();
const changes = await breakingChanges(released, current);
const silent = new Set(unannounced(changes, changelog));
process.stdout.write(`${changes.length} breaking changes since ${version}.\n`);
for (const change of changes) {
  const what = silent.has(change) ? `not named in CHANGELOG.md under "Breaking": \`${change.path}\`` : "named";
  process.stdout.write(`- ${change.message} (${what})\n`);
}
process.exitCode = silent.size > 0 ? 1 : 0;

import { parseArgs } from "node:util";
import { table } from "../../bench/table.ts";
import { setup } from "../../scripts/redis.ts";
import { FEDERATION } from "./federation.ts";
import { HANGING } from "./hanging.ts";
import { LIMIT } from "./limit.ts";
import { OUTAGE } from "./outage.ts";
import type { Proof } from "./proof.ts";
import { RESTART } from "./restart.ts";
import { SEAMLESS } from "./seamless.ts";
import { SLOW } from "./slow.ts";
import { WATCHING } from "./watchers.ts";

/*
 * What docs/events.md, docs/commands.md, docs/federation.md and docs/operating.md promise of load, outages and restarts, put to the real program:
 * all of it, or the proofs that are named. Exit code 1 where a promise is not held.
 */
const PROOFS: readonly Proof[] = [SLOW, SEAMLESS, WATCHING, OUTAGE, LIMIT, HANGING, RESTART, FEDERATION];

const { values, positionals } = parseArgs({
  options: { seed: { type: "string", default: "1" } },
  allowPositionals: true,
});
const seed = Number(values.seed);
const names = PROOFS.map(({ name }) => name);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no proof of the name ${unknown.join(", ")}. There are: ${names.join(", ")}.\n`);
  process.exit(2);
}

setup();
let broken = 0;
for (const { name, about, run } of PROOFS) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const began = performance.now();
  const claims = await run(seed);
  const rows = claims.map(({ promise, seen, isHeld }) => [promise, seen, isHeld ? "yes" : "NO"]);
  broken += claims.filter(({ isHeld }) => !isHeld).length;
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  process.stdout.write(
    `${name}: ${about} (seed ${seed}, ${seconds} s)\n\n${table(["what is promised", "seen", "held"], rows)}\n\n`,
  );
}
process.stdout.write(`${broken} promises broken\n`);
process.exit(broken === 0 ? 0 : 1);

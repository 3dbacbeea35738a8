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
import { WATCHERS_PROOF } from "./watchers.ts";

/*
 * Proves with the real program what docs/events.md, docs/commands.md, docs/federation.md and docs/operating.md guarantee under
 * load, outages and restarts: all proofs, or the named ones. The exit code is 1 if a guarantee does not hold.
 */
const PROOFS: readonly Proof[] = [SLOW, SEAMLESS, WATCHERS_PROOF, OUTAGE, LIMIT, HANGING, RESTART, FEDERATION];

const { values, positionals } = parseArgs({
  options: { seed: { type: "string", default: "1" } },
  allowPositionals: true,
});
const seed = Number(values.seed);
const names = PROOFS.map(({ name }) => name);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`Unknown proof ${unknown.join(", ")}; the proofs are ${names.join(", ")}.\n`);
  process.exit(2);
}

setup();
let violations = 0;
for (const { name, about, run } of PROOFS) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const startedAt = performance.now();
  const claims = await run(seed);
  const rows = claims.map(({ guarantee, observed, holds }) => [guarantee, observed, holds ? "yes" : "NO"]);
  violations += claims.filter(({ holds }) => !holds).length;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  process.stdout.write(
    `${name}: ${about} (seed ${seed}, ${seconds} s)\n\n${table(["guarantee", "observed", "holds"], rows)}\n\n`,
  );
}
process.stdout.write(`${violations} guarantees violated\n`);
process.exit(violations === 0 ? 0 : 1);

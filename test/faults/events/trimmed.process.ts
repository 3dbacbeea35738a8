import { startApp } from "../../../src/app/app.ts";
import { loadConfig } from "../../../src/config/secret-files.ts";
import { handleSignals } from "../../../src/runtime/signals.ts";

/* Portico with a log that retains few events, as many as RETAINED_EVENTS says. */
const signals = handleSignals();
const { RETAINED_EVENTS, ...env } = process.env;
const app = await startApp(loadConfig(env), { maxEvents: Number(RETAINED_EVENTS) });
await signals.received;
await app.stop();
process.exit(0);

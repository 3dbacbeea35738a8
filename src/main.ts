import { handleSignals } from "./runtime/signals.ts";

// The signals come first: to load the rest takes a good part of a second, in which a signal would end the process as a failure.
const signals = handleSignals();
const { runProgram } = await import("./cli/program.ts");
await runProgram(process.argv.slice(2), signals);

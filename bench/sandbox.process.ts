import { type SandboxOptions, startSandbox } from "../src/sandbox/sandbox.ts";
import { serveMeasurements } from "./measurements.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as SandboxOptions;
const { url, token } = await startSandbox(options);
serveMeasurements({ url, token });

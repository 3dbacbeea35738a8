import { type SandboxOptions, startSandbox } from "../src/sandbox/sandbox.ts";
import { beMeasured } from "./measured.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as SandboxOptions;
const { url, token } = await startSandbox(options);
beMeasured({ url, token });

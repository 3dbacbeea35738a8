import { CONTROL_PREFIX } from "./http/control.ts";
import { startSandbox } from "./sandbox.ts";

const sandbox = await startSandbox({
  host: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["SANDBOX_PORT"] ?? 4010),
  live: true,
});

process.stdout.write(`Sandbox gateway listening at ${sandbox.url}
  account token  ${sandbox.token}
  control plane  ${sandbox.url}${CONTROL_PREFIX}/
`);

const stop = () => {
  void sandbox.stop();
};
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

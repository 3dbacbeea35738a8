import { startApp } from "./app/app.ts";
import { ConfigError, parseConfig } from "./config/config.ts";

/** Runs the process: reads the environment, handles signals, sets the exit code. */
const run = async (): Promise<void> => {
  const config = parseConfig(process.env);
  const app = await startApp(config);
  for (const warning of config.warnings) app.logger.warn({}, warning);
  app.logger.info(
    {
      url: `${app.url}/graphql`,
      accounts: [...app.accounts.values()].map(({ name, gatewayUrl }) => ({ name, gateway: gatewayUrl })),
      ...(app.sandbox === null ? {} : { sandbox: app.sandbox.url, control: `${app.sandbox.url}/_sandbox/` }),
    },
    "listening",
  );
  const stop = (signal: string) => {
    app.logger.info({ signal }, "stopping");
    void app.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
};

run().catch((error: unknown) => {
  // The operator can act on these errors by their message; any other error is a defect, which needs its stack.
  const isPublic = error instanceof ConfigError || (error instanceof Error && "code" in error);
  process.stderr.write(`${isPublic ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});

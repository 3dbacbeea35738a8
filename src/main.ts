import { handleSignals } from "./runtime/signals.ts";

// The signals come first: to load the rest takes a good part of a second, in which a signal would end the process as a failure.
const signals = handleSignals();
const { startApp } = await import("./app/app.ts");
const { ConfigError, parseConfig } = await import("./config/config.ts");

/** Runs the process: reads the environment, starts the app, sets the exit code. */
const run = async (): Promise<void> => {
  if (signals.isReceived()) process.exit(0);
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
  const signal = await signals.received;
  app.logger.info({ signal }, "stopping");
  await app.stop();
  process.exit(0);
};

run().catch((error: unknown) => {
  // The operator can act on these errors by their message; any other error is a defect, which needs its stack.
  const isPublic = error instanceof ConfigError || (error instanceof Error && "code" in error);
  process.stderr.write(`${isPublic ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
  // A start that fails after a signal is not a failure: nobody waits for it any more.
  process.exit(signals.isReceived() ? 0 : 1);
});

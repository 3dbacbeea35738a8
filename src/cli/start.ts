import { type App, startApp } from "../app/app.ts";
import { openTelemetry } from "../app/telemetry.ts";
import type { Config } from "../config/config.ts";
import { collectOnceIdle } from "../runtime/idle-collection.ts";
import { loadConfig } from "../config/secret-files.ts";
import { readSettings } from "../config/settings-file.ts";
import type { Invocation } from "./command.ts";
import { followConfig } from "./reload.ts";
import { banner } from "./terminal/banner.ts";
import { createPaint } from "./terminal/paint.ts";
import { createLineFormatter } from "./terminal/line.ts";

/** Runs the server until a signal ends it. A person at a terminal reads a banner and one line for each event, everything else JSON. */
export const start = async ({ signals }: Invocation): Promise<number> => {
  if (signals.isReceived()) return 0;
  const settings = readSettings(process.env).env;
  const config = loadConfig(process.env);
  signals.allow(config.shutdownDelaySeconds * 1_000);
  const isTerminal = process.stdout.isTTY;
  const paint = createPaint(process.stdout);
  const app = await startApp(config, {
    ...(isTerminal ? { formatLine: createLineFormatter(paint) } : {}),
    openTelemetry: (logger) => openTelemetry(process.env, logger),
  });
  collectOnceIdle();
  const { sandbox } = app;
  if (isTerminal) process.stdout.write(banner(paint, config, { url: app.url, sandbox: sandbox?.url ?? null }));
  else announce(app, config);
  const stopFollowing = followConfig(app, { env: process.env, settings, signals, isTerminal });
  const signal = await signals.received;
  stopFollowing();
  app.logger.info({ signal }, "stopping");
  await app.stop();
  return 0;
};

/** Writes what a program that reads the log needs to know. */
const announce = ({ url, accounts, sandbox, logger }: App, { warnings }: Config): void => {
  for (const warning of warnings) logger.warn({}, warning);
  logger.info(
    {
      url: `${url}/graphql`,
      accounts: [...accounts.values()].map(({ name, gatewayUrl }) => ({ name, gateway: gatewayUrl })),
      ...(sandbox === null ? {} : { sandbox: sandbox.url, control: `${sandbox.url}/_sandbox/` }),
    },
    "listening",
  );
};

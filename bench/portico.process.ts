import { startApp } from "../src/app/app.ts";
import { openTelemetry } from "../src/app/telemetry.ts";
import { parseConfig } from "../src/config/config.ts";
import { serveMeasurements } from "./measurements.ts";

const { url } = await startApp(parseConfig(process.env), {
  openTelemetry: (logger) => openTelemetry(process.env, logger),
});
serveMeasurements({ url });

import { startApp } from "../src/app/app.ts";
import { parseConfig } from "../src/config/config.ts";
import { serveMeasurements } from "./measurements.ts";

const { url } = await startApp(parseConfig(process.env));
serveMeasurements({ url });

import { startApp } from "../src/app/app.ts";
import { parseConfig } from "../src/config/config.ts";
import { beMeasured } from "./measured.ts";

const { url } = await startApp(parseConfig(process.env));
beMeasured({ url });

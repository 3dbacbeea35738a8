import { copyFileSync } from "node:fs";

/** The contract's document goes with the built program. */
copyFileSync(
  new URL("../src/contract/gateway-v3.openapi.yaml", import.meta.url),
  new URL("../dist/contract/gateway-v3.openapi.yaml", import.meta.url),
);

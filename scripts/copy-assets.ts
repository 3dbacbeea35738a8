import { copyFileSync } from "node:fs";

/** Copies the contract document next to the built program. */
copyFileSync(
  new URL("../src/contract/gateway-v3.openapi.yaml", import.meta.url),
  new URL("../dist/contract/gateway-v3.openapi.yaml", import.meta.url),
);

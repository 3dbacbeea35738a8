import { PROTOCOL } from "./a.protocol.ts";
import { attack } from "./suite.ts";

attack([PROTOCOL], { file: new URL("../../dist/main.js", import.meta.url), quick: false });

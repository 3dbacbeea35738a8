import { SECTIONS } from "./sections.ts";
import { attack } from "./suite.ts";

/** The quick cases, run against the program from its source. */
attack(SECTIONS, { file: new URL("../../src/main.ts", import.meta.url), quick: true });

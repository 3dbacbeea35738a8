import { SECTIONS } from "./sections.ts";
import { attack } from "./suite.ts";

/** The cases that take no time, put to the program as its source has it. */
attack(SECTIONS, { file: new URL("../../src/main.ts", import.meta.url), quick: true });

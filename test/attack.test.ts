import { SECTIONS } from "./attack/sections.ts";
import { attack } from "./attack/suite.ts";

/** The cases that take no time, put to the program as its source has it. */
attack(SECTIONS, { file: new URL("../src/main.ts", import.meta.url), quick: true });

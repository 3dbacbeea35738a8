import { SECTIONS } from "./sections.ts";
import { attack } from "./suite.ts";

attack(SECTIONS, { file: new URL("../../dist/main.js", import.meta.url), quick: false });

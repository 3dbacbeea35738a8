import { programVersion } from "../runtime/program-version.ts";

/** The text of `portico --version`. */
export const versionLine = (): string => `portico ${programVersion()}, Node ${process.versions.node}`;

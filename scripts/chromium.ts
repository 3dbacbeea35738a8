import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { installProgram } from "./install-program.ts";

const PATHS = [
  process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const CHROMIUM_MISSING =
  "This needs a browser: apt-get install chromium, brew install --cask chromium, or set CHROMIUM to the path of one.";

const findChromium = (): string | undefined => PATHS.find((path) => existsSync(path));

/**
 * Starts a real browser without a window.
 * @throws Error with installation instructions if there is none.
 */
export const launchChromium = (): Promise<Browser> => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(CHROMIUM_MISSING);
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
};

/** Installs a browser if it may. Vitest calls it before all tests; only those that need a browser fail without one. */
export const setup = (): void => {
  const isInstalled = () => findChromium() !== undefined;
  installProgram({ title: "Chromium", isInstalled, apt: "chromium", brew: ["--cask", "chromium"] });
};

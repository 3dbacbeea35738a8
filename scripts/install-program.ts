import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:process";

/** A program that the tests need and npm does not install. */
export interface Program {
  readonly title: string;
  readonly isInstalled: () => boolean;
  /** Its package for Debian and Ubuntu. */
  readonly apt: string;
  /** What Homebrew installs it by. */
  readonly brew: readonly string[];
}

/** Package manager commands that can install it without user interaction. */
const commandsFor = ({ apt, brew }: Program): readonly (readonly string[])[] => {
  if (platform === "darwin") return [["brew", "install", ...brew]];
  if (platform !== "linux" || process.getuid?.() !== 0 || !isDebian()) return [];
  return [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", apt],
  ];
};

const isDebian = (): boolean => {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
};

/** Installs a program where that needs no user interaction. Returns whether it is installed now. */
export const installProgram = (program: Program): boolean => {
  if (program.isInstalled()) return true;
  for (const [command = "", ...args] of commandsFor(program)) {
    process.stderr.write(`Installing ${program.title} for the tests: ${command} ${args.join(" ")}\n`);
    spawnSync(command, args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
  return program.isInstalled();
};

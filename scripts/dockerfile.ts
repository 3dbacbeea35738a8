import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob } from "node:path";

/** An instruction of a Dockerfile: its name, and its text without the flags of the engine. */
interface Instruction {
  readonly name: string;
  readonly flags: readonly string[];
  readonly text: string;
}

/** A stage as it was built here. */
export interface BuiltStage {
  /** The folder that stands for the root of its file system. */
  readonly folder: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The last of each instruction that takes no step: USER, HEALTHCHECK and others. */
  readonly settings: ReadonlyMap<string, string>;
}

/** What the steps run on. */
export interface StepOptions {
  /** The project. Git says which of its files are the context, and .dockerignore which of these are left out. */
  readonly root: string;
  /** An empty folder for the stages. */
  readonly folder: string;
  /** The environment of each RUN. */
  readonly env: NodeJS.ProcessEnv;
}

const parseDockerfile = (text: string): readonly Instruction[] =>
  text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [name = "", ...words] = line.trim().split(/\s+/);
      const count = words.findIndex((word) => !word.startsWith("--"));
      return { name, flags: words.slice(0, count), text: words.slice(count).join(" ") };
    });

/** The files that an engine receives: those that git knows, without what .dockerignore names. A later line counts more. */
const contextOf = (root: string): readonly string[] => {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const paths = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0");
  const rules = readFileSync(join(root, ".dockerignore"), "utf8").split("\n").filter(Boolean);
  const isIgnored = (path: string) =>
    rules.reduce((ignored, rule) => {
      const pattern = rule.replace(/^!/, "");
      return matchesGlob(path, pattern) || matchesGlob(path, `${pattern}/**`) ? !rule.startsWith("!") : ignored;
    }, false);
  return paths.filter((path) => path !== "" && existsSync(join(root, path)) && !isIgnored(path));
};

const assignments = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...text.matchAll(/([\w.]+)=("[^"]*"|\S+)/g)].map(([, name, value = ""]) => [name, value]));

/**
 * Runs the steps of the Dockerfile as an engine does, in folders: COPY, RUN, WORKDIR and ENV. It installs nothing of the base image:
 * `node` and `npm` are those of `env`.
 *
 * @returns the last stage.
 * @throws Error if a step fails, or if an instruction is not known here.
 */
export const runDockerfile = ({ root, folder, env }: StepOptions): BuiltStage => {
  const stages = new Map<string, BuiltStage>();
  let stage:
    | { folder: string; workdir: string; env: Record<string, string>; settings: Map<string, string> }
    | undefined;
  const context = contextOf(root);
  const at = (path: string) => {
    if (stage === undefined) throw new Error(NO_STAGE);
    return path.startsWith("/") ? join(stage.folder, path) : join(stage.folder, stage.workdir, path);
  };
  const copy = (flags: readonly string[], text: string): void => {
    const words = text.split(" ");
    const target = words.pop() ?? "";
    const from = flags.find((flag) => flag.startsWith("--from="))?.slice("--from=".length);
    for (const source of words) {
      const isFolder = target.endsWith("/") || words.length > 1;
      if (from !== undefined) {
        const other = stages.get(from);
        if (other === undefined) throw new Error(`COPY --from=${from} must name an earlier stage.`);
        cpSync(join(other.folder, source), at(target), COPY_OPTIONS);
      } else {
        const paths = context.filter((path) => source === "." || path === source || path.startsWith(`${source}/`));
        if (paths.length === 0) throw new Error(`COPY must find ${source} in the context; it is not there.`);
        for (const path of paths) {
          const inner = source === "." || path === source ? path : path.slice(source.length + 1);
          const to = path === source && !isFolder ? at(target) : at(join(target, inner));
          mkdirSync(dirname(to), { recursive: true });
          cpSync(join(root, path), to);
        }
      }
    }
  };
  for (const { name, flags, text } of parseDockerfile(readFileSync(join(root, "Dockerfile"), "utf8"))) {
    if (name === "FROM") {
      const [, , as = `stage ${stages.size}`] = text.split(" ");
      stage = { folder: join(folder, as), workdir: "/", env: {}, settings: new Map() };
      stages.set(as, stage);
      mkdirSync(stage.folder, { recursive: true });
    } else if (stage === undefined) throw new Error(NO_STAGE);
    else if (name === "WORKDIR") {
      stage.workdir = text;
      mkdirSync(at(""), { recursive: true });
    } else if (name === "ENV") Object.assign(stage.env, assignments(text));
    else if (name === "COPY") copy(flags, text);
    else if (name === "RUN") {
      process.stdout.write(`RUN ${text}\n`);
      execFileSync("sh", ["-ec", text], { cwd: at(""), env: { ...env, ...stage.env }, stdio: "inherit" });
    } else if (SETTINGS.includes(name)) stage.settings.set(name, text);
    else throw new Error(`The Dockerfile has the instruction ${name}, which scripts/dockerfile.ts does not know.`);
  }
  if (stage === undefined) throw new Error(NO_STAGE);
  return stage;
};

const NO_STAGE = "The first instruction of the Dockerfile must be FROM.";
/** Relative links, such as those in node_modules/.bin, stay relative. */
const COPY_OPTIONS = { recursive: true, verbatimSymlinks: true } as const;
const SETTINGS: readonly string[] = ["LABEL", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT"];

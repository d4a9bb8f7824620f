// Takes the steps of a Containerfile without a container engine: what it copies, what it runs, in a folder that stands for the image.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export type Instruction = { readonly name: string; readonly value: string };
export type Stage = { readonly from: string; readonly name?: string; readonly steps: readonly Instruction[] };
export type Containerfile = { readonly defaults: Readonly<Record<string, string>>; readonly stages: readonly Stage[] };

/** Comments go, lines that end in a backslash are joined. */
function instructions(text: string): readonly Instruction[] {
  const lines = text.split("\n").filter((line) => !/^\s*#/u.test(line));
  const joined = lines
    .join("\n")
    .replaceAll(/\\\n\s*/gu, " ")
    .split("\n");
  return joined.flatMap((line) => {
    const [, name, value] = /^\s*([A-Z]+)\s+(.*\S)\s*$/u.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ name, value }];
  });
}

export function readContainerfile(text: string): Containerfile {
  const defaults: Record<string, string> = {};
  const stages: { from: string; name?: string; steps: Instruction[] }[] = [];
  for (const step of instructions(text)) {
    const stage = stages.at(-1);
    if (step.name === "FROM") {
      const [, from = "", name] = /^(\S+)(?:\s+AS\s+(\S+))?$/u.exec(step.value) ?? [];
      stages.push({ from, ...(name === undefined ? {} : { name }), steps: [] });
    } else if (stage !== undefined) stage.steps.push(step);
    else if (step.name === "ARG") {
      const [name = "", value = ""] = step.value.split(/=(.*)/su);
      defaults[name] = value;
    } else throw new Error(`${step.name} before the first FROM`);
  }
  return { defaults, stages };
}

/** The values of one instruction, in order. */
export function valuesOf(stage: Stage, name: string): readonly string[] {
  return stage.steps.filter((step) => step.name === name).map(({ value }) => value);
}

/** ENV NAME=value …; values here hold no spaces. */
export function environmentOf(stage: Stage): Readonly<Record<string, string>> {
  const pairs = valuesOf(stage, "ENV").flatMap((value) => value.split(/\s+/u));
  return Object.fromEntries(
    pairs.map((pair): [string, string] => [pair.split("=")[0] ?? "", pair.replace(/^[^=]*=/u, "")]),
  );
}

/** In these files `*` also stands for names that begin with a dot. */
function pattern(rule: string): RegExp {
  const text = rule
    .split(/(\*\*\/|\*)/u)
    .map((part) => ({ "**/": "(?:.*/)?", "*": "[^/]*" })[part] ?? RegExp.escape(part));
  return new RegExp(`^${text.join("")}$`, "u");
}

/** The last rule that fits a path decides, as engines do it; a folder's rule counts for what is in it. */
export function isIgnored(rules: string, path: string): boolean {
  const parents = path.split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/"));
  let ignored = false;
  for (const rule of rules.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
    const wanted = pattern(rule.replace(/^!/u, ""));
    if (parents.some((parent) => wanted.test(parent))) ignored = !rule.startsWith("!");
  }
  return ignored;
}

export type Image = {
  /** Stands for `/`. */
  readonly root: string;
  /** The working folder, inside `root`. */
  readonly workdir: string;
  readonly stage: Stage;
};

const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED)\b/u;

function run(command: string, cwd: string, context: string, path: string): void {
  const env = { ...process.env, PATH: path, npm_config_prefer_offline: "true" };
  const ran = spawnSync("sh", ["-c", command], { cwd, encoding: "utf8", env, timeout: 110_000 });
  if (ran.status === 0) return;
  const said = `${ran.stdout}${ran.stderr}`;
  if (!command.startsWith("npm ci") || !unreachable.test(said)) throw new Error(`RUN ${command}\n${said}`);
  process.stderr.write("NOT DONE BY npm ci: the registry cannot be reached; the same packages are copied instead\n");
  copyProduction(context, cwd);
}

type Locked = { readonly dev?: boolean; readonly optional?: boolean; readonly devOptional?: boolean };

/** What `npm ci --omit=dev --omit=optional` would install, from what is installed already. */
function copyProduction(context: string, target: string): void {
  const lock: { packages: Record<string, Locked> } = JSON.parse(
    readFileSync(join(context, "package-lock.json"), "utf8"),
  );
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === "" || entry.dev === true || entry.optional === true || entry.devOptional === true) continue;
    const nested = (source: string): boolean => !source.slice(join(context, path).length).includes("/node_modules");
    cpSync(join(context, path), join(target, path), { recursive: true, filter: nested });
  }
}

/** Where something is copied to: into a folder under its own name, or to that very name. */
function copyInto(context: string, source: string, target: string, rules: string): void {
  const from = join(context, source);
  if (isIgnored(rules, source) || !existsSync(from)) throw new Error(`COPY ${source}: it is not in the build context`);
  cpSync(from, target, {
    recursive: true,
    filter: (path) => path === from || !isIgnored(rules, path.slice(context.length + 1)),
  });
}

/** All stages in turn, each in a folder of its own below `folder`; the last one is the image. */
export function buildImage(file: Containerfile, context: string, rules: string, folder: string): Image {
  const roots = new Map<string, string>();
  let image: Image | undefined;
  for (const [i, stage] of file.stages.entries()) {
    const root = join(folder, stage.name ?? `stage-${i}`);
    roots.set(stage.name ?? String(i), root);
    // What the base image brings of its own: Node.
    mkdirSync(join(root, "usr/local/bin"), { recursive: true });
    const node = join(root, "usr/local/bin/node");
    copyFileSync(realpathSync(process.execPath), node);
    chmodSync(node, 0o755);
    let workdir = root;
    for (const { name, value } of stage.steps) {
      if (name === "WORKDIR") mkdirSync((workdir = join(root, value)), { recursive: true });
      if (name === "RUN") run(value, workdir, context, `${dirname(node)}:${process.env["PATH"] ?? ""}`);
      if (name !== "COPY") continue;
      const words = value.split(/\s+/u);
      const other = /^--from=(.+)$/u.exec(words[0] ?? "")?.[1];
      const sources = words.slice(other === undefined ? 0 : 1, -1);
      const target = join(workdir, words.at(-1) ?? "");
      const into = (source: string): string => (target.endsWith("/") ? join(target, basename(source)) : target);
      const earlier = other === undefined ? undefined : roots.get(other);
      for (const source of sources) {
        if (other === undefined) copyInto(context, source, into(source), rules);
        else cpSync(join(earlier ?? "", source), into(source), { recursive: true, verbatimSymlinks: true });
      }
    }
    image = { root, workdir, stage };
  }
  if (image === undefined) throw new Error("this Containerfile has no stage");
  return image;
}

/** Every file of the image, from its root. */
export function filesOf(image: Image): readonly string[] {
  return globSync("**/*", { cwd: image.workdir, exclude: ["node_modules/**"] }).toSorted();
}

/** The words of an exec-form value: ["node", "…"]. */
export function execForm(value: string): readonly string[] {
  const parsed: unknown = JSON.parse(value.slice(value.indexOf("[")));
  if (!Array.isArray(parsed)) throw new Error(`${value} is not in exec form`);
  return parsed.map(String);
}

/** The text of a file beside the repository's root. */
export function repositoryFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

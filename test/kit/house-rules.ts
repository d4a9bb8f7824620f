// The house's rules as functions: from files, read as text, to sentences about what breaks a rule.
import { basename, dirname, posix } from "node:path";
import { endsValue, tokensOf, type Token } from "./tokens.ts";

/** A file of the repository. `path` is relative to its root, with `/`. */
export type HouseFile = {
  readonly path: string;
  readonly text: string;
  readonly all: readonly Token[];
  /** Without comments. */
  readonly code: readonly Token[];
};
/** A file that may break a rule, and why. */
export type Allowed = Readonly<Record<string, string>>;

export function houseFile(path: string, text: string): HouseFile {
  const all = tokensOf(text);
  return { path, text, all, code: all.filter((token) => token.kind !== "comment") };
}

export const isTest = (path: string): boolean => path.endsWith(".test.ts");
/** `src/config/load.ts` → `config`; a file of src itself is its own folder. */
const folderOf = (path: string): string => path.split("/")[1] ?? "";
const at = (file: HouseFile, token: Token | undefined): string => `${file.path}:${token?.line ?? 1}`;

type Import = { readonly from: string; readonly token: Token };

/** Every module that a file names: static and dynamic imports, re-exports, types too. */
export function importsOf(file: HouseFile): readonly Import[] {
  return file.code.flatMap((token, i) => {
    const [before, next, afterNext] = [file.code[i - 1], file.code[i + 1], file.code[i + 2]];
    if (token.kind !== "word" || before?.text === ".") return [];
    const named = token.text === "from" || token.text === "import";
    if (named && next?.kind === "string") return [{ from: next.text, token }];
    if (token.text === "import" && next?.text === "(" && afterNext !== undefined)
      return [{ from: afterNext.kind === "string" ? afterNext.text : "(computed)", token }];
    return [];
  });
}

/** Imports go up the list; plug-ins, which stand on one step of it, never import each other. */
export function importOffences(files: readonly HouseFile[], steps: readonly (readonly string[])[]): readonly string[] {
  const rankOf = (folder: string): number => steps.findIndex((step) => step.includes(folder));
  return files.flatMap((file) => {
    const own = folderOf(file.path);
    if (rankOf(own) < 0) return [`${file.path}: src/${own} is not on the list of folders`];
    return importsOf(file).flatMap(({ from, token }) => {
      if (from === "(computed)") return [`${at(file, token)} imports what only running it tells`];
      // The entry runs what was made of the rest.
      if (!from.startsWith(".") || (file.path === "src/main.js" && from.startsWith("../dist/"))) return [];
      if (!/\.(ts|json)$/.test(from)) return [`${at(file, token)} imports ${from}: write it with .ts`];
      const target = posix.join(dirname(file.path), from);
      if (!target.startsWith("src/"))
        return isTest(file.path) ? [] : [`${at(file, token)} imports ${target}, which is outside src/`];
      const other = folderOf(target);
      if (isTest(target)) return [`${at(file, token)} imports the test ${target}`];
      if (own === other || rankOf(other) < rankOf(own)) return [];
      return [
        rankOf(other) === rankOf(own)
          ? `${at(file, token)} imports ${target}: plug-ins never import each other`
          : `${at(file, token)} imports ${target}, but ${other} stands below ${own} in the list`,
      ];
    });
  });
}

/** A plug-in (what a registry lists) is imported by its registry alone, and a registry by the composition root. */
export function registryOffences(files: readonly HouseFile[], roots: readonly string[]): readonly string[] {
  const resolve = (file: HouseFile, from: string): string => posix.join(dirname(file.path), from);
  const own = (file: HouseFile, target: string): boolean => dirname(file.path) === dirname(target);
  const registries = files.filter((file) => basename(file.path) === "registry.ts");
  const plugIns = new Set(
    registries.flatMap((file) =>
      importsOf(file)
        .map(({ from }) => resolve(file, from))
        .filter((target) => own(file, target)),
    ),
  );
  return files.flatMap((file) =>
    isTest(file.path)
      ? []
      : importsOf(file).flatMap(({ from, token }) => {
          const target = resolve(file, from);
          if (plugIns.has(target) && basename(file.path) !== "registry.ts")
            return [`${at(file, token)} imports the plug-in ${target}; only its registry does`];
          if (registries.some(({ path }) => path === target) && !roots.includes(folderOf(file.path)))
            return [`${at(file, token)} imports ${target}; only ${roots.join(" and ")} may`];
          return [];
        }),
  );
}

/** What runs must not need what is installed for developing only. */
export function packageOffences(files: readonly HouseFile[], dependencies: readonly string[]): readonly string[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap(({ from, token }) => {
      const name = from.split("/", from.startsWith("@") ? 2 : 1).join("/");
      const fine = isTest(file.path) || /^(\.|node:|\()/.test(from) || dependencies.includes(name);
      return fine ? [] : [`${at(file, token)} imports ${name}, which is not among the dependencies`];
    }),
  );
}

/** A name says which file is meant, wherever one reads it. */
export function basenameOffences(paths: readonly string[], apart: RegExp, allowed: Allowed): readonly string[] {
  const byName = Map.groupBy(
    paths.filter((path) => !apart.test(path) && !isTest(path) && !(path in allowed)),
    (path) => basename(path),
  );
  const clashes = [...byName].flatMap(([name, same]) =>
    same.length > 1 ? [`${name} is the name of ${same.length} files: ${same.join(", ")}`] : [],
  );
  const strange = paths
    .filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.[jt]s$/.test(basename(path)))
    .map((path) => `${path}: a file's name is kebab-case`);
  return [...clashes, ...strange];
}

/** The tokens of import and export lists, where `as` and `default` only rename. */
function listed(code: readonly Token[]): ReadonlySet<Token> {
  const inside = new Set<Token>();
  let until: "from" | "}" | undefined;
  code.forEach((token, i) => {
    const [next, afterNext] = [code[i + 1], code[i + 2]];
    if (until !== undefined) {
      inside.add(token);
      if (until === "}" ? token.text === "}" : token.text === "from" && next?.kind === "string") until = undefined;
    } else if (token.kind === "word" && token.text === "import" && code[i - 1]?.text !== ".") {
      if (next?.kind !== "string" && next?.text !== "(" && next?.text !== ".") until = "from";
    } else if (token.kind === "word" && token.text === "export") {
      const opens = next?.text === "type" ? afterNext : next;
      if (opens?.text === "*") until = "from";
      else if (opens?.text === "{") until = "}";
    }
  });
  return inside;
}

export type TypeRules = { readonly casts: Allowed };

/** No default export, no enum, no `any`, no `!`, no `as` but `as const`. */
export function typeOffences(files: readonly HouseFile[], { casts }: TypeRules): readonly string[] {
  return files.flatMap((file) => {
    const lists = listed(file.code);
    return file.code.flatMap((token, i) => {
      const [before, next] = [file.code[i - 1], file.code[i + 1]];
      const found = (what: string): readonly string[] => [`${at(file, token)} ${what}`];
      if (token.kind === "word" && before?.text !== "." && before?.text !== "?.") {
        if (token.text === "default" && (before?.text === "export" || (lists.has(token) && before?.text === "as")))
          return found("has a default export");
        if (lists.has(token)) return [];
        if (token.text === "enum" && next?.kind === "word") return found(`has the enum ${next.text}`);
        if (token.text === "any" && next?.text !== ":" && next?.text !== "(") return found("says any");
        if (token.text === "as" && endsValue(before) && !/^[,)=:.;?]/.test(next?.text ?? ""))
          return next?.text === "const" || file.path in casts ? [] : found(`casts with \`as ${next?.text ?? ""}\``);
      }
      if (token.kind === "sign" && token.text === "!" && endsValue(before) && before?.line === token.line)
        return found("takes a value for there with `!`");
      return [];
    });
  });
}

/** Time is a parameter. */
export function clockOffences(files: readonly HouseFile[], allowed: Allowed): readonly string[] {
  return files.flatMap((file) => {
    if (file.path in allowed) return [];
    return file.code.flatMap((token, i) => {
      const said = file.code.slice(i, i + 4).map(({ text }) => text);
      const reads =
        token.kind === "word" &&
        (said.slice(0, 3).join("") === "Date.now" ||
          said.slice(0, 3).join("") === "Temporal.Now" ||
          said.join(" ") === "new Date ( )" ||
          (said.slice(0, 2).join(" ") === "new Date" && said[2] !== "("));
      return reads ? [`${at(file, token)} reads the wall clock; take a Clock or an Instant`] : [];
    });
  });
}

const sqlNow =
  /\b(now|(clock|statement|transaction)_timestamp)\s*\(|\b(current_timestamp|current_date|localtimestamp)\b|\b(datetime|strftime|date|julianday|unixepoch)\([^)]*'now'/i;
const builders = new Set(["selectFrom", "insertInto", "updateTable", "deleteFrom", "replaceInto", "mergeInto"]);
const sqlText = /^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|PRAGMA|CREATE|ALTER|DROP)\s/;

/** SQL takes its time as a parameter, and stands in stores. */
export function sqlOffences(
  files: readonly HouseFile[],
  mayHold: RegExp,
  allowed: Allowed,
  asksTheTime: Allowed = {},
): readonly string[] {
  return files.flatMap((file) =>
    file.code.flatMap((token, i) => {
      const [before, next] = [file.code[i - 1], file.code[i + 1]];
      const text = token.kind === "string" || token.kind === "template";
      const offences: string[] = [];
      if (text && sqlNow.test(token.text) && !(file.path in asksTheTime))
        offences.push(`${at(file, token)} asks the database for the time`);
      const holds =
        (token.kind === "word" && builders.has(token.text) && before?.text === "." && next?.text === "(") ||
        (token.kind === "word" && token.text === "sql" && before?.text !== "." && /^[<`]/.test(rawNext(next))) ||
        (text && sqlText.test(token.text));
      if (holds && !mayHold.test(file.path) && !(file.path in allowed))
        offences.push(`${at(file, token)} holds SQL; move it into a store`);
      return offences;
    }),
  );
}

const rawNext = (token: Token | undefined): string => (token?.kind === "template" ? "`" : (token?.text ?? ""));

const worldly = new Set(["process", "fetch", "setTimeout", "setInterval", "setImmediate"]);

/** What decides does not act: no waiting, no system, no store, no chance. */
export function pureOffences(files: readonly HouseFile[], pure: RegExp, allowed: Allowed): readonly string[] {
  return files.flatMap((file) => {
    if (!pure.test(file.path) || file.path in allowed || isTest(file.path)) return [];
    const imports = importsOf(file).flatMap(({ from, token }) => {
      if (from.startsWith("node:")) return [`${at(file, token)} imports ${from}, but it is to be pure`];
      return /(-store\.ts|\/db\/[^/]+)$/.test(from)
        ? [`${at(file, token)} imports the store ${from}, but it is to be pure`]
        : [];
    });
    const acts = file.code.flatMap((token, i) => {
      const [before, next] = [file.code[i - 1], file.code[i + 1]];
      const value = token.kind === "word" && before?.text !== "." && next?.text !== ":";
      const waits = value && (token.text === "async" || token.text === "await");
      const random = value && token.text === "Math" && file.code[i + 2]?.text === "random";
      const world = value && worldly.has(token.text) && (next?.text === "(" || next?.text === ".");
      return waits || random || world ? [`${at(file, token)} says ${token.text}, but it is to be pure`] : [];
    });
    return [...imports, ...acts];
  });
}

/** A file fits a head, and says in three lines what it is for. */
export function shapeOffences(files: readonly HouseFile[], most: number, allowed: Allowed): readonly string[] {
  return files.flatMap((file) => {
    const lines = file.text.split("\n");
    const long = lines.length - 1;
    const head = lines.findIndex((line) => !line.startsWith("//"));
    const offences: string[] = [];
    if (long > most && !(file.path in allowed)) offences.push(`${file.path} has ${long} lines; ${most} is the most`);
    if (head === 0 && !isTest(file.path)) offences.push(`${file.path} does not open with what it is for`);
    if (head > 3) offences.push(`${file.path} opens with ${head} lines of comment; three is the most`);
    return offences;
  });
}

export type Repository = {
  /** Whether there is such a file or folder; `*` stands for a part of a name. */
  has(path: string): boolean;
  readonly scripts: readonly string[];
  readonly folders: readonly string[];
};

const named = /(?<![\w./:@-])(?:\.\/)?((?:src|test|docs|bin|deploy|bench|console|\.ci)\/[\w.*/-]*[\w*])/g;
const link = /\]\((?!\w+:|#|\/)([^)\s#]+)/g;
const script = /\bnpm run ([\w:-]+)/g;
const quoted = /`([a-z]+\/[\w.*/-]*)`/g;

/** A document names only what there is. A word in capitals (`src/sources/NAME.ts`) stands for a name. */
export function documentOffences(path: string, text: string, repository: Repository): readonly string[] {
  const lineOf = (index: number): number => text.slice(0, index).split("\n").length;
  const missing = (pattern: RegExp, what: (name: string) => string | undefined): readonly string[] =>
    [...text.matchAll(pattern)].flatMap(({ 1: name = "", index }) => {
      const said = what(name);
      return said === undefined ? [] : [`${path}:${lineOf(index)} names ${said}, which there is not`];
    });
  const there = (name: string): boolean => repository.has(name) || repository.has(`${name}.ts`);
  const placeholder = (name: string): boolean => /(^|[/.-])[A-Z]{2,}/.test(name);
  const offences = [
    ...missing(named, (name) => (placeholder(name) || there(name) ? undefined : name)),
    ...missing(link, (name) => {
      const target = posix.join(dirname(path), name);
      return repository.has(target) ? undefined : target;
    }),
    ...missing(script, (name) => (repository.scripts.includes(name) ? undefined : `the script ${name}`)),
    ...missing(quoted, (name) => {
      const known = repository.folders.includes(name.split("/")[0] ?? "");
      return !known || placeholder(name) || there(`src/${name}`) || there(name) ? undefined : name;
    }),
  ];
  return [...new Set(offences)];
}

// load(text, registries): the config, or all its errors at once, each with its line, its column and the nearest match.
import { LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { keysAt, placeOf, type Path } from "./places.ts";
import { BaseConfig } from "./schema.ts";
import { fillIn, readSecretFiles, type Environment, type Mistake } from "./secrets.ts";

/** What the config asks of a plug-in: its schema, and the components that its settings name. */
export type ConfigProvider = {
  readonly config: z.ZodType;
  names?(config: unknown): readonly { readonly component: string; readonly path: Path }[];
};
export type Registry = Readonly<Record<string, ConfigProvider>>;
export type Registries = { readonly channels: Registry; readonly sources: Registry; readonly publishers: Registry };

/** A plug-in's entry: the keys of its own schema, parsed. */
export type Entry<Base> = Base & { readonly config: unknown };

export type Config = Omit<BaseConfig, "channels" | "sources" | "publish"> & {
  readonly channels: readonly Entry<Pick<BaseConfig["channels"][number], "id" | "type" | "audience">>[];
  readonly sources: readonly Entry<Pick<BaseConfig["sources"][number], "id" | "type">>[];
  readonly publish: Omit<BaseConfig["publish"], "targets"> & {
    readonly targets: readonly Entry<Pick<BaseConfig["publish"]["targets"][number], "id" | "type">>[];
  };
};

export type ConfigError = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
};

/** `tocsin.yaml:12:5: people: unknown key …` */
export function sayConfigError(error: ConfigError): string {
  return `${error.file}:${error.line}:${error.column}: ${error.message}`;
}

/** Reads a whole config. `file` is only its name, for errors and for secret files beside it. */
export function loadConfig(
  text: string,
  file: string,
  env: Environment,
  registries: Registries,
): Result<Config, readonly ConfigError[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { file, line, column: col, message: error.message };
  });
  if (broken.length > 0) return failed(broken);
  const place = (mistake: Mistake): ConfigError => ({
    file,
    ...placeOf(document, lines, mistake.path),
    message: say(mistake),
  });
  const mistakes = [...fillIn(document, env), ...readSecretFiles(document, file)];
  const { config, mistakes: wrong } = parse(document, registries);
  const all = [...mistakes, ...wrong];
  if (config === undefined || all.length > 0) return failed(inOrder(all.map(place)));
  return ok(config);
}

function say(mistake: Mistake): string {
  return mistake.path.length === 0 ? mistake.message : `${mistake.path.join(".")}: ${mistake.message}`;
}

function inOrder(errors: readonly ConfigError[]): readonly ConfigError[] {
  const unique = new Map(errors.map((error) => [sayConfigError(error), error]));
  return [...unique.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

function parse(
  document: Document,
  registries: Registries,
): { readonly config?: Config; readonly mistakes: readonly Mistake[] } {
  const raw: unknown = document.toJS();
  const base = BaseConfig.safeParse(raw ?? {});
  // Plug-ins are checked even when the rest is wrong: all errors at once.
  const channels = entriesOf(raw, ["channels"], registries.channels, ["id", "type", "audience"]);
  const sources = entriesOf(raw, ["sources"], registries.sources, ["id", "type"]);
  const targets = entriesOf(raw, ["publish", "targets"], registries.publishers, ["id", "type"]);
  const mistakes = [
    ...(base.success ? [] : fromZod(base.error, BaseConfig, [])),
    ...channels.mistakes,
    ...sources.mistakes,
    ...targets.mistakes,
    ...references(raw, sources, registries),
  ];
  if (!base.success || mistakes.length > 0) return { mistakes };
  const merge = <B extends object>(entries: readonly B[], parsed: Entries): readonly (B & { config: unknown })[] =>
    entries.map((entry, i) => ({ ...entry, config: parsed.configs[i] }));
  const config: Config = {
    ...base.data,
    channels: merge(base.data.channels, channels),
    sources: merge(base.data.sources, sources),
    publish: { ...base.data.publish, targets: merge(base.data.publish.targets, targets) },
  };
  return { config, mistakes };
}

type Entries = { readonly configs: readonly unknown[]; readonly mistakes: readonly Mistake[] };

function at(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    raw,
  );
}

function listAt(raw: unknown, path: Path): readonly unknown[] {
  const value = at(raw, path);
  return Array.isArray(value) ? value : [];
}

/** Parses each entry of a list of plug-ins with the schema that its `type` names. */
function entriesOf(raw: unknown, path: Path, registry: Registry, common: readonly string[]): Entries {
  const mistakes: Mistake[] = [];
  const configs = listAt(raw, path).map((entry, i) => {
    const type = at(entry, ["type"]);
    const here = [...path, i];
    if (typeof type !== "string") return undefined;
    const provider = registry[type];
    if (provider === undefined) {
      mistakes.push({
        path: [...here, "type"],
        message: `this version has no ${path.at(-1)} of type "${type}"; ${suggest(type, Object.keys(registry))}`,
      });
      return undefined;
    }
    const own = Object.fromEntries(Object.entries(Object(entry)).filter(([key]) => !common.includes(key)));
    const parsed = provider.config.safeParse(own);
    if (parsed.success) return parsed.data;
    mistakes.push(...fromZod(parsed.error, provider.config, here, common));
    return undefined;
  });
  return { configs, mistakes };
}

/** Zod's issues as mistakes in our words; of a union, the option that fits best. */
function fromZod(
  error: z.ZodError,
  schema: z.core.$ZodType,
  prefix: Path,
  common: readonly string[] = [],
): readonly Mistake[] {
  const turn = (issue: z.core.$ZodIssue, under: Path): readonly Mistake[] => {
    const inside = [...under, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
    if (issue.code === "unrecognized_keys") {
      const known = [...keysAt(schema, inside), ...(inside.length === 0 ? common : [])];
      return issue.keys.map((key) => ({
        path: [...prefix, ...inside, key],
        message: `unknown key; ${suggest(key, known)}`,
      }));
    }
    if (issue.code === "invalid_union") {
      const nearest = [...issue.errors].sort((a, b) => a.length - b.length || deepest(b) - deepest(a))[0];
      if (nearest !== undefined && nearest.length > 0) return nearest.flatMap((inner) => turn(inner, inside));
    }
    const missing =
      issue.code === "invalid_type" && issue.input === undefined && issue.message.includes("received undefined");
    return [
      { path: [...prefix, ...inside], message: missing ? "missing" : issue.message.replace(/^Invalid input: /, "") },
    ];
  };
  return error.issues.flatMap((issue) => turn(issue, []));
}

function deepest(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map((issue) => issue.path.length));
}

function idsAt(raw: unknown, path: Path): readonly { readonly id: string; readonly path: Path }[] {
  return listAt(raw, path).flatMap((entry, i) => {
    const id = at(entry, ["id"]);
    return typeof id === "string" ? [{ id, path: [...path, i, "id"] }] : [];
  });
}

/** Names that must exist, and ids that must be unique. */
function references(raw: unknown, sources: Entries, registries: Registries): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const known = (path: Path): readonly string[] => idsAt(raw, path).map((entry) => entry.id);
  const want = (name: unknown, names: readonly string[], what: string, path: Path): void => {
    if (typeof name === "string" && !names.includes(name))
      mistakes.push({ path, message: `there is no ${what} "${name}"; ${suggest(name, names)}` });
  };
  for (const path of [["components"], ["people"], ["roles"], ["channels"], ["sources"], ["publish", "targets"]]) {
    const seen = new Set<string>();
    for (const entry of idsAt(raw, path)) {
      if (seen.has(entry.id)) mistakes.push({ path: entry.path, message: `the id "${entry.id}" is taken` });
      seen.add(entry.id);
    }
  }
  const targets = new Set(known(["publish", "targets"]));
  for (const entry of idsAt(raw, ["channels"]))
    if (targets.has(entry.id))
      mistakes.push({ path: entry.path, message: `the id "${entry.id}" is taken by a publish target` });
  listAt(raw, ["roles"]).forEach((role, i) =>
    listAt(role, ["people"]).forEach((person, j) =>
      want(person, known(["people"]), "person", ["roles", i, "people", j]),
    ),
  );
  listAt(raw, ["publish", "automatic_notice", "from"]).forEach((source, i) =>
    want(source, known(["sources"]), "source", ["publish", "automatic_notice", "from", i]),
  );
  listAt(raw, ["channels"]).forEach((channel, i) =>
    want(at(channel, ["same_connection_as"]), known(["channels"]), "channel", ["channels", i, "same_connection_as"]),
  );
  listAt(raw, ["sources"]).forEach((source, i) => {
    const type = at(source, ["type"]);
    const provider = typeof type === "string" ? registries.sources[type] : undefined;
    const parsed = sources.configs[i];
    if (parsed === undefined) return;
    for (const name of provider?.names?.(parsed) ?? [])
      want(name.component, known(["components"]), "component", ["sources", i, ...name.path]);
  });
  return mistakes;
}

/** JSON Schema of the whole file, for editors. */
export function configJsonSchema(registries: Registries): unknown {
  const schema = z.toJSONSchema(BaseConfig, { io: "input", unrepresentable: "any" });
  const plugIns = (registry: Registry, common: object): object => ({
    anyOf: Object.entries(registry).map(([type, provider]) => {
      const own = z.toJSONSchema(provider.config, { io: "input", unrepresentable: "any" });
      return {
        allOf: [
          {
            type: "object",
            properties: { id: { type: "string" }, type: { const: type }, ...common },
            required: ["id", "type"],
          },
          loosened(own),
        ],
      };
    }),
  });
  const properties = (at(schema, ["properties"]) ?? {}) as object;
  Reflect.set(
    at(properties, ["channels"]) as object,
    "items",
    plugIns(registries.channels, { audience: { enum: ["team", "users"] } }),
  );
  Reflect.set(at(properties, ["sources"]) as object, "items", plugIns(registries.sources, {}));
  Reflect.set(
    at(properties, ["publish", "properties", "targets"]) as object,
    "items",
    plugIns(registries.publishers, {}),
  );
  return schema;
}

/** `id` and `type` stand beside a plug-in's own keys, so its schema must let them pass. */
function loosened(schema: object): object {
  const {
    additionalProperties: _closed,
    $schema: _dialect,
    ...rest
  } = { additionalProperties: undefined, $schema: undefined, ...schema };
  return rest;
}

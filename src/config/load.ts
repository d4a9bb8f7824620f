// load(text, registries): the config, or all its errors at once, each with its line, its column and the nearest match.
import { dirname } from "node:path";
import { brand } from "../lib/ids.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { BaseConfig, ownAddress } from "./base-config.ts";
import { checkFeeds } from "./feeds.ts";
import { check } from "./issues.ts";
import { readLogo } from "./logo.ts";
import type { SourceId } from "./names.ts";
import { mostMistakes, sayPath, within, type Mistake } from "./mistakes.ts";
import { placeOf } from "./places.ts";
import { checkPlugIns, type PlugIns, type Registries } from "./plug-ins.ts";
import { checkReferences } from "./references.ts";
import { fillIn, type Environment, type Filled } from "./secrets.ts";
import { decode, parseYaml, type YamlText } from "./yaml-text.ts";

/** A plug-in's entry: the keys of its own schema, parsed. */
export type Entry<Base> = Base & { readonly config: unknown };

export type Config = Omit<BaseConfig, "site" | "channels" | "sources" | "publish"> & {
  /** The logo as a data: address. */
  readonly site: BaseConfig["site"] & { readonly url: string };
  readonly channels: readonly Entry<Pick<BaseConfig["channels"][number], "id" | "type" | "audience" | "page">>[];
  readonly sources: readonly Entry<Pick<BaseConfig["sources"][number], "id" | "type">>[];
  readonly publish: Omit<BaseConfig["publish"], "targets"> & {
    readonly targets: readonly Entry<Pick<BaseConfig["publish"]["targets"][number], "id" | "type" | "page">>[];
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

type OnSecrets = ((secrets: ReadonlySet<string>) => void) | undefined;

/** Reads a whole config. `file` is only its name, for errors and for secret files beside it. */
export function loadConfig(
  given: string | Uint8Array,
  file: string,
  env: Environment,
  registries: Registries,
  /** Told of every secret, of a config that is wrong too. */
  onSecrets?: OnSecrets,
): Result<Config, readonly ConfigError[]> {
  const empty = "the config is empty; the least is `site: { name: … }` and one of `components:`";
  return loadText({ given, file, env, empty, onSecrets }, (raw) => parse(raw, registries, dirname(file)));
}

export type ConfigText = {
  readonly given: string | Uint8Array;
  readonly file: string;
  readonly env: Environment;
  /** What is said of one that holds nothing. */
  readonly empty: string;
  readonly onSecrets: OnSecrets;
};

type Parsed<C> = { readonly config?: C; readonly mistakes: readonly Mistake[] };

/** A config of any schema: its references filled in, and every mistake at its place. */
export function loadText<C>(
  { given, file, env, empty, onSecrets }: ConfigText,
  read: (raw: unknown) => Parsed<C>,
): Result<C, readonly ConfigError[]> {
  const text = typeof given === "string" ? ok(given) : decode(given);
  if (!text.ok) return failed([{ file, ...text.error }]);
  const yaml = parseYaml(text.value);
  if (!yaml.ok) return failed(yaml.error.map((error) => ({ file, ...error })));
  const { raw } = yaml.value;
  if (raw === null || raw === undefined) return failed([{ file, line: 1, column: 1, message: empty }]);
  const filled = fillIn(raw, env, file);
  onSecrets?.(filled.guarded);
  const { config, mistakes } = read(filled.raw);
  // One mistake, one error: what a missing variable or file leaves behind is wrong in many ways.
  const dark = [...filled.mistakes.map(({ path }) => path), ...filled.standIns].filter((path) => path.length > 0);
  const further = mistakes.filter(({ path }) => !dark.some((above) => within(path, above)));
  const all = [...filled.mistakes, ...further];
  if (config !== undefined && all.length === 0) return ok(config);
  return failed(inOrder(all.slice(0, mostMistakes).map((mistake) => place(mistake, file, yaml.value, filled))));
}

/** An error in the file's own words, with no secret in it, on one line. */
function place(mistake: Mistake, file: string, { document, lines }: YamlText, { raw, secrets }: Filled): ConfigError {
  const path = sayPath(raw, mistake.quiet ? mistake.path.slice(0, -1) : mistake.path);
  const see = mistake.see === undefined ? "" : ` (line ${placeOf(document, lines, mistake.see).line})`;
  const message = `${path === "" ? "" : `${path}: `}${mistake.message}${see}`;
  return { file, ...placeOf(document, lines, mistake.path), message: oneLine(hide(message, secrets), 600) };
}

/** The longest first, because a secret may be a part of another. Shorter than four characters is no secret. */
function hide(message: string, secrets: ReadonlySet<string>): string {
  const hidden = [...secrets].filter((secret) => secret.length >= 4).toSorted((a, b) => b.length - a.length);
  return hidden.reduce((text, secret) => text.replaceAll(secret, "…"), message);
}

function inOrder(errors: readonly ConfigError[]): readonly ConfigError[] {
  const unique = new Map(errors.map((error) => [sayConfigError(error), error]));
  return [...unique.values()].toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function parse(raw: unknown, registries: Registries, folder: string): Parsed<Config> {
  const base = BaseConfig.safeParse(raw);
  const channels = checkPlugIns(raw, "channels", registries.channels);
  const sources = checkPlugIns(raw, "sources", registries.sources);
  const targets = checkPlugIns(raw, "publishers", registries.publishers);
  const feeds = checkFeeds(raw, registries.sources);
  const mistakes = [
    ...(base.success ? [] : check({ schema: BaseConfig, raw, under: [] }).mistakes),
    ...channels.mistakes,
    ...sources.mistakes,
    ...targets.mistakes,
    ...feeds.mistakes,
    ...checkReferences(
      raw,
      sources,
      registries.sources,
      feeds.sources.map(({ id }) => id),
    ),
  ];
  if (!base.success || mistakes.length > 0) return { mistakes };
  const { logo: named, ...site } = base.data.site;
  const logo = named === undefined ? undefined : readLogo(named, folder);
  if (logo?.ok === false) return { mistakes: [{ path: ["site", "logo"], message: logo.error }] };
  const merge = <B extends object>(entries: readonly B[], own: PlugIns): readonly Entry<B>[] =>
    entries.map((entry, i) => ({ ...entry, config: own.configs[i] }));
  const config: Config = {
    ...base.data,
    site: {
      ...site,
      url: site.url ?? ownAddress(base.data.server),
      ...(logo === undefined ? {} : { logo: logo.value }),
    },
    channels: merge(base.data.channels, channels),
    sources: [
      ...merge(base.data.sources, sources),
      ...feeds.sources.map(({ id, ...feed }) => ({ ...feed, id: brand<SourceId>(id) })),
    ],
    publish: { ...base.data.publish, targets: merge(base.data.publish.targets, targets) },
  };
  return { config, mistakes };
}

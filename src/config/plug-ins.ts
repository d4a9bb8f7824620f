// The entries of sources, channels and targets: the keys of their own are the business of the plug-in of that type.
import type { z } from "zod";
import { nearest } from "../lib/nearest.ts";
import { list } from "../lib/text.ts";
import { check } from "./issues.ts";
import { at, listAt, mostMistakes, type Mistake, type Path } from "./mistakes.ts";

/** What the figures of a source are of, for a chart of them. */
export type Figures = "response_time" | "run_time" | "failed_jobs";

/** What the config asks of a plug-in: its schema, and the components that its settings name. */
export type ConfigProvider = {
  readonly config: z.ZodType;
  /** What is wrong with its settings for this audience, in words; undefined: nothing. */
  lacks?(config: unknown, audience: unknown): string | undefined;
  names?(config: unknown): readonly { readonly component: string; readonly path: Path }[];
  /** Of a source whose looks bring figures. */
  readonly figures?: Figures;
};
export type Registry = Readonly<Record<string, ConfigProvider>>;
export type Registries = { readonly channels: Registry; readonly sources: Registry; readonly publishers: Registry };

/** A list of plug-ins in the config, what one of it is called, and the keys that are not the plug-in's. */
export const lists = {
  channels: { path: ["channels"], what: "channel", common: ["id", "type", "audience", "page"] },
  sources: { path: ["sources"], what: "source", common: ["id", "type"] },
  publishers: { path: ["publish", "targets"], what: "publish target", common: ["id", "type", "page"] },
} as const satisfies Readonly<Record<keyof Registries, object>>;

export type PlugIns = {
  /** What each entry's own keys came to, as far as they can be understood. */
  readonly configs: readonly unknown[];
  readonly mistakes: readonly Mistake[];
};

/** Whatever the rest of the config is like: all errors at once. */
export function checkPlugIns(raw: unknown, kind: keyof Registries, registry: Registry): PlugIns {
  const { path, what, common } = lists[kind];
  let told = 0;
  const entries = listAt(raw, path).map((entry, i) => {
    const type = at(entry, ["type"]);
    const here = [...path, i];
    if (typeof type !== "string" || told > mostMistakes) return { mistakes: [] };
    const provider = providerOf(registry, type);
    if (provider === undefined) {
      told += 1;
      const near = nearest(type, Object.keys(registry));
      const known = `there are ${list(Object.keys(registry).toSorted())}`;
      const slip = near === undefined ? "" : `did you mean "${near}"? `;
      const message = `this version has no ${what} of type "${type}"; ${slip}${known}`;
      return { mistakes: [{ path: [...here, "type"], message }] };
    }
    const skip: readonly string[] = common;
    const keys = typeof entry === "object" && entry !== null ? entry : {};
    const own = Object.fromEntries(Object.entries(keys).filter(([key]) => !skip.includes(key)));
    const checked = check({ schema: provider.config, raw: own, under: here, beside: skip });
    told += checked.mistakes.length;
    const lack = "value" in checked ? provider.lacks?.(checked.value, at(entry, ["audience"]) ?? "team") : undefined;
    return lack === undefined
      ? checked
      : { ...checked, mistakes: [...checked.mistakes, { path: here, message: lack }] };
  });
  return {
    configs: entries.map((entry) => ("value" in entry ? entry.value : undefined)),
    mistakes: entries.flatMap((entry) => entry.mistakes),
  };
}

/** Not every name that an object answers to was put there: `constructor` is no type. */
export function providerOf(registry: Registry, type: unknown): ConfigProvider | undefined {
  return typeof type === "string" && Object.hasOwn(registry, type) ? registry[type] : undefined;
}

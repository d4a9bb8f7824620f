// The config of `tocsin watch`: small, and on another host. Strict, with all errors at once, like the other.
import { z } from "zod";
import { duration, idOf, webUrl } from "../config/fields.ts";
import { check } from "../config/issues.ts";
import { loadText, type ConfigError, type Entry } from "../config/load.ts";
import type { ChannelId, ComponentId, RoleId, TargetId } from "../config/names.ts";
import { checkPlugIns, type Registry } from "../config/plug-ins.ts";
import type { Environment } from "../config/secrets.ts";
import { minute, second } from "../lib/clock.ts";
import type { Brand } from "../lib/ids.ts";
import type { Result } from "../lib/result.ts";
import { MirrorPlace, usualTimes } from "../mirrors/mirror-place.ts";

const keyBytes = 32;
const keyForm = `must be ${keyBytes} bytes in base64; make one with: openssl rand -base64 ${keyBytes}`;

function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/u.test(text) && Buffer.from(text, "base64").length === keyBytes;
}

const Origin = z.strictObject({
  url: webUrl().describe("The address of the Tocsin that is watched: `site.url`, or a shorter way to it."),
  token: z.string().min(1).describe("A token of the scope `watch`: tocsin token create NAME --scope watch."),
  every: duration(second).prefault("15s").describe("How often it is asked whether it lives."),
  timeout: duration(second).prefault("5s").describe("How long an answer may take."),
});

const Probe = z.strictObject({
  component: idOf<ComponentId>().describe("The component that is down when the address does not answer well."),
  url: webUrl().describe("An address of it that answers with a success, or with a redirect, when it works."),
});

const Mirror = z
  .strictObject({
    id: idOf<TargetId>().describe("Its id. All watchers have the same mirrors in the same order."),
    type: z.literal("static-site").optional().describe("As the origin's config calls it."),
    to: MirrorPlace.describe("Where the files go: the place of a `static-site` target of the origin."),
    every: duration(second)
      .optional()
      .describe("How often it is renewed while this watcher speaks; it is valid for three times that."),
    public_url: webUrl().optional().describe("Where readers find it; messages link it."),
    settle: duration(second).optional().describe("Not used here; it may stay when an entry is copied."),
  })
  .transform(({ every, to, ...rest }) => ({ ...rest, to, every: every ?? usualTimes(to).everyMs }));

const Channel = z.looseObject({
  id: idOf<ChannelId>(),
  type: z.string(),
  audience: z.enum(["team", "users"]).default("team"),
});

export const WatchBase = z.strictObject({
  id: idOf<Brand<"watcher">>().describe("What this watcher is called: each has a name of its own."),
  key: z.string().refine(isKey, keyForm).describe("What is kept here is encrypted with it; usually key_file."),
  origin: Origin.describe("The Tocsin that is watched."),
  silent_after: duration(30 * second)
    .prefault("90s")
    .describe("How long the origin is silent before this watcher speaks for it."),
  network_check: z
    .array(webUrl())
    .min(1)
    .max(10)
    .describe("Addresses outside that nearly always answer: when none does, the trouble is this network's."),
  update_every: duration(minute).prefault("30m").describe("The next update that is promised, and kept."),
  page: idOf<RoleId>()
    .optional()
    .describe("The role that is called; outage-master, or the first of the origin, when not written. "),
  probes: z.array(Probe).max(50).default([]).describe("What this watcher looks at itself while it speaks."),
  mirrors: z.array(Mirror).default([]).describe("Mirrors that it may write: the `static-site` targets of the origin."),
  channels: z.array(Channel).default([]).describe("Where it may tell people."),
});

type Base = z.output<typeof WatchBase>;
export type WatchConfig = Omit<Base, "channels"> & {
  readonly channels: readonly Entry<Pick<Base["channels"][number], "id" | "type" | "audience">>[];
};

export function loadWatchConfig(
  given: string | Uint8Array,
  file: string,
  env: Environment,
  channels: Registry,
  onSecrets?: (secrets: ReadonlySet<string>) => void,
): Result<WatchConfig, readonly ConfigError[]> {
  const empty = "the config is empty; docs/watch.md has one to begin with";
  return loadText({ given, file, env, empty, onSecrets }, (raw) => {
    const base = WatchBase.safeParse(raw);
    const own = checkPlugIns(raw, "channels", channels);
    const mistakes = [...(base.success ? [] : check({ schema: WatchBase, raw, under: [] }).mistakes), ...own.mistakes];
    if (!base.success || mistakes.length > 0) return { mistakes };
    const { channels: entries, ...rest } = base.data;
    return {
      config: { ...rest, channels: entries.map((entry, i) => ({ ...entry, config: own.configs[i] })) },
      mistakes,
    };
  });
}

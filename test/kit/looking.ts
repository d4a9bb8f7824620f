// A source that looks, made of its config, and what one look of it says.
import type { Alert } from "../../src/alerts/alert.ts";
import type { LookingSource, SourceProvider } from "../../src/alerts/source.ts";
import type { ComponentId, SourceId } from "../../src/config/names.ts";
import { wallClock, type Instant } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { silentLog } from "../../src/lib/log.ts";

export type Look = Awaited<ReturnType<LookingSource<unknown>["look"]>>;

/** `raw` are keys as the schema makes them, for what a config could not say (a timeout of a tenth of a second). */
export function lookerOf(provider: SourceProvider, config: object, raw: object = {}): LookingSource<unknown> {
  const parsed: unknown = provider.config.parse(config);
  const components = [{ id: brand<ComponentId>("copr"), name: "Copr builds" }];
  const context = { clock: wallClock, log: silentLog, components };
  const source = provider.make({ id: brand<SourceId>("probe"), config: { ...Object(parsed), ...raw } }, context);
  if (source.kind !== "looking") throw new Error("it does not look");
  return source;
}

const never = new AbortController().signal;

export function look(source: LookingSource<unknown>, now: Instant, state?: unknown): Promise<Look> {
  return source.look({ now, state, feedback: { dismissed: [] } }, never);
}

/** What it is alarmed about: `down: api.example.org refused …`. */
export function said(alerts: readonly Alert[]): readonly string[] {
  return alerts.map(({ kind, status, summary }) => `${kind} ${status}: ${summary}`);
}

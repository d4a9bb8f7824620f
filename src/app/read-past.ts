// The past of another status page, by the kind of page that is named.
import { histories } from "../histories/registry.ts";
import type { Asking } from "../status/past-source.ts";
import { failed, type Result } from "../lib/result.ts";
import type { Past } from "../shapes/past.ts";

/** Each kind, and what SOURCE may be. */
export const pastKinds: readonly (readonly [kind: string, takes: string])[] = Object.entries(histories).map(
  ([kind, { takes }]) => [kind, takes],
);

/** Oldest first: numbers are given in this order. */
export async function readPast(kind: string, asking: Asking): Promise<Result<Past, string>> {
  const source = Object.hasOwn(histories, kind) ? histories[kind] : undefined;
  if (source === undefined) return failed(`nothing is imported from "${kind}"`);
  const read = await source.read(asking);
  if (!read.ok) return read;
  const { entries, unread } = read.value;
  return { ok: true, value: { entries: entries.toSorted((a, b) => a.startedAt - b.startedAt), unread } };
}

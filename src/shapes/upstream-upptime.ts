// Upptime's `history/summary.json`, and when it last looked, from a `history/SITE.yml` beside it. Pure.
import { z } from "zod";
import { present } from "../lib/records.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { readJson } from "./loose-json.ts";
import { looseTime } from "./loose-time.ts";
import { nameOf, sayShape, text, type Feed, type FeedStatus } from "./upstream-feed.ts";

const Site = z.looseObject({ name: z.string().trim().min(1), slug: text, status: text });
const Summary = z.array(Site).min(1).max(5_000);

const statuses: Readonly<Record<string, FeedStatus>> = {
  up: "operational",
  degraded: "degraded_performance",
  down: "major_outage",
};

/** `looks`: some of the files that tell when a site was last looked at. */
export function readUpptime(summary: string, looks: readonly string[]): Result<Feed, string> {
  const json = readJson(summary);
  if (!json.ok) return json;
  const parsed = Summary.safeParse(json.value);
  if (!parsed.success) return failed(`it is no summary.json of Upptime: ${sayShape(parsed.error)}`);
  const times = looks.flatMap((look) => looseTime(/^lastUpdated:\s*["']?([^"'\n]+)/mu.exec(look)?.[1]) ?? []);
  const builtAt = times.length === 0 ? undefined : Math.max(...times);
  const components = parsed.data.map(({ name, slug, status }) => ({
    id: nameOf(slug, name) ?? name,
    name: nameOf(name) ?? name,
    status: statuses[status ?? ""] ?? ("unknown" as const),
  }));
  return ok(present({ builtAt, complete: true, components, incidents: [], maintenances: [] }));
}

// cState's `/index.json` (API 2.0) as a feed. Its templates escape nothing, its dates are Go's, and its file is as old as its
// last build: https://github.com/cstate/cstate/blob/master/layouts/index.json. Pure.
import { z } from "zod";
import type { Instant } from "../lib/clock.ts";
import { present } from "../lib/records.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { readBrokenJson } from "./loose-json.ts";
import { looseTime } from "./loose-time.ts";
import {
  addressOf,
  mostEntries,
  nameOf,
  sayShape,
  text,
  type Feed,
  type FeedComponent,
  type FeedIncident,
  type FeedMaintenance,
  type FeedStatus,
} from "./upstream-feed.ts";

const truth = z.union([z.boolean(), z.string().transform((word) => word.toLowerCase() === "true")]).catch(false);
const Issue = z.looseObject({
  title: text,
  createdAt: text,
  lastMod: text,
  permalink: text,
  severity: text,
  resolved: truth,
  informational: truth,
  resolvedAt: text,
  affected: z.array(z.string()).nullish().catch(undefined),
  filename: text,
});
type Issue = z.output<typeof Issue>;
const System = z.looseObject({
  name: text,
  category: text,
  status: text,
  unresolvedIssues: z.array(Issue).nullish(),
});
const Index = z.looseObject({
  title: text,
  baseURL: text,
  systems: z.array(System).min(1),
  pinnedIssues: z.array(Issue).nullish().catch(undefined),
  buildDate: text,
  buildTime: text,
  buildTimezone: text,
});

const statuses: Readonly<Record<string, FeedStatus>> = {
  ok: "operational",
  notice: "under_maintenance",
  disrupted: "partial_outage",
  down: "major_outage",
};

/** `now`: a notice that begins later is planned. */
export function readCstate(body: string, address: string, now: Instant): Result<Feed, string> {
  const json = readBrokenJson(body);
  if (!json.ok) return json;
  const parsed = Index.safeParse(json.value);
  if (!parsed.success) return failed(`it is no index.json of cState: ${sayShape(parsed.error)}`);
  const { title, baseURL, systems, buildDate, buildTime, buildTimezone } = parsed.data;
  const builtAt = looseTime(`${buildDate ?? ""} ${buildTime ?? ""} ${buildTimezone ?? ""}`);
  if (builtAt === undefined) return failed("its build date cannot be read, so nobody knows how old it is");
  const base = addressOf(baseURL, address) ?? address;
  const issues = merged(systems).map(({ issue, names }) => ({ issue, entry: entryOf(issue, names, base) }));
  const open = issues.filter(({ issue }) => !issue.resolved).slice(0, mostEntries);
  return ok({
    page: present({ name: nameOf(title), url: addressOf(baseURL, address) }),
    builtAt,
    complete: true,
    components: systems.flatMap(componentOf),
    incidents: open.flatMap(({ issue, entry }) => (isNotice(issue) ? [] : [incidentOf(issue, entry)])),
    maintenances: open.flatMap(({ issue, entry }) => (isNotice(issue) ? [noticeOf(issue, entry, now)] : [])),
  });
}

function componentOf({ name, category, status }: z.output<typeof System>): readonly FeedComponent[] {
  const called = nameOf(name);
  if (called === undefined) return [];
  return [present({ id: called, name: called, group: nameOf(category), status: statuses[status ?? ""] ?? "unknown" })];
}

/** An issue stands under every system that it hits; its `affected` may name some that there are not. */
function merged(systems: readonly z.output<typeof System>[]): readonly { issue: Issue; names: readonly string[] }[] {
  const found = new Map<string, { issue: Issue; names: string[] }>();
  for (const { name, unresolvedIssues } of systems)
    for (const issue of unresolvedIssues ?? []) {
      const key = idOf(issue);
      const known = found.get(key) ?? { issue, names: [...(issue.affected ?? [])] };
      found.set(key, {
        issue: known.issue,
        names: [...known.names, ...(nameOf(name) === undefined ? [] : [name ?? ""])],
      });
    }
  return [...found.values()];
}

const idOf = ({ filename, permalink, title }: Issue): string => nameOf(filename, permalink, title) ?? "issue";

/** For cState a maintenance is an issue of severity `notice`. */
const isNotice = ({ severity, informational }: Issue): boolean => severity === "notice" || informational;

type Base = Pick<FeedIncident, "id" | "name" | "components" | "updatedAt" | "url">;

function entryOf(issue: Issue, names: readonly string[], base: string): Base {
  return present({
    id: idOf(issue),
    name: nameOf(issue.title, issue.filename) ?? "an issue without a title",
    components: [...new Set(names.flatMap((name) => nameOf(name) ?? []))],
    updatedAt: looseTime(issue.lastMod),
    url: addressOf(issue.permalink, base),
  });
}

function incidentOf(issue: Issue, entry: Base): FeedIncident {
  const status = statuses[issue.severity ?? ""];
  return present({ ...entry, phase: "investigating" as const, status, startedAt: looseTime(issue.createdAt) });
}

/** `resolvedAt` of a notice is its planned end, or `<no value>`. */
function noticeOf(issue: Issue, entry: Base, now: Instant): FeedMaintenance {
  const [from, until] = [looseTime(issue.createdAt), looseTime(issue.resolvedAt)];
  const ended = until !== undefined && until < now;
  const state = ended ? ("completed" as const) : (from ?? 0) > now ? ("scheduled" as const) : ("in_progress" as const);
  return present({ ...entry, state, from, until });
}

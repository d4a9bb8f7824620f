// Two status pages that keep their outages as GitHub issues: Upptime (a bot opens and closes them) and Corestatus, jayfk's
// statuspage (people do, and the colours of labels say what they mean). Pure.
import type { Instant } from "../lib/clock.ts";
import { readIssues, type GithubIssue } from "./github-issues.ts";
import { looseTime } from "./loose-time.ts";
import { tamed, type Past, type PastDocument, type PastEntry, type PastStatus, type PastUpdate, type Unread } from "./past.ts"; // prettier-ignore

type Made = { readonly entry: PastEntry } | { readonly because: string };

function readWith(documents: readonly PastDocument[], make: (issue: GithubIssue) => Made): Past {
  const { issues, unread } = readIssues(documents);
  const entries: PastEntry[] = [];
  const left: Unread[] = [...unread];
  for (const issue of issues) {
    const made = make(issue);
    if ("entry" in made) entries.push(tamed(made.entry));
    else left.push({ place: `${issue.place} "${issue.title}"`, because: made.because });
  }
  return { entries, unread: left };
}

function commonOf(issue: GithubIssue): Pick<PastEntry, "key" | "startedAt" | "publishedAt" | "links" | "place"> {
  return {
    key: String(issue.number),
    startedAt: issue.createdAt,
    publishedAt: issue.createdAt,
    links: issue.url === undefined ? [] : [{ url: issue.url }],
    place: issue.place,
  };
}

const hit =
  /^(?:\u{1f6d1}|\u26a0\ufe0f?|\u{1f7e5}|\u{1f7e8})?\s*(.+?)\s+(?:is\s+(down)|has\s+(degraded)\s+performance)\s*$/u;
const theBot = /^\*\*Resolved:\*\*/u;

/** `2022-04-01T10:00:00Z` and such in the comment at the head of a planned maintenance. */
function planOf(body: string): ReadonlyMap<string, string> {
  const comment = /<!--([\s\S]{0,4000}?)-->/u.exec(body)?.[1] ?? "";
  const lines = [...comment.matchAll(/^\s*(start|end|expectedDown|expectedDegraded)\s*:\s*(.+)$/gimu)];
  return new Map(lines.map(([, key = "", value = ""]) => [key.toLowerCase(), value.trim()]));
}

const without = (body: string): string => body.replace(/<!--[\s\S]{0,4000}?-->/gu, "").trim();

export function readUpptimePast(documents: readonly PastDocument[]): Past {
  return readWith(documents, (issue) => {
    const labels = issue.labels.map(({ name }) => name.toLowerCase());
    if (labels.includes("maintenance")) return upptimeMaintenance(issue);
    if (!labels.includes("status")) return { because: "no label `status`: Upptime did not show it" };
    const [, name, down] = hit.exec(issue.title) ?? [];
    const updates = issue.comments.map((one): PastUpdate => ({ at: one.at, phase: theBot.test(one.body) ? "resolved" : "investigating", text: without(one.body) })); // prettier-ignore
    const status: PastStatus = down === undefined && name !== undefined ? "degraded_performance" : "major_outage";
    const entry: PastEntry = {
      ...commonOf(issue),
      kind: "incident",
      title: issue.title.replace(/^[^\p{L}\p{N}]+/u, ""),
      ...ending(issue, updates),
      impact: name === undefined ? [] : [{ name, status }],
      ...(without(issue.body) === "" ? {} : { text: without(issue.body) }),
      updates,
      oldPaths: [`/incident/${issue.number}`],
      notes: name === undefined ? ["its title names no site: it names no component"] : [],
    };
    return { entry };
  });
}

function ending(issue: GithubIssue, updates: readonly PastUpdate[]): { readonly endedAt?: Instant } {
  if (issue.open) return {};
  return { endedAt: issue.closedAt ?? updates.at(-1)?.at ?? issue.createdAt };
}

function upptimeMaintenance(issue: GithubIssue): Made {
  const plan = planOf(issue.body);
  const [start, end] = [looseTime(plan.get("start")), looseTime(plan.get("end"))];
  if (start === undefined || end === undefined) return { because: "a maintenance without a start and an end" };
  const named = [plan.get("expecteddown"), plan.get("expecteddegraded")].flatMap((list) => (list ?? "").split(",")).map((one) => one.trim()).filter((one) => one !== ""); // prettier-ignore
  const entry: PastEntry = {
    ...commonOf(issue),
    kind: "maintenance",
    title: issue.title,
    startedAt: start,
    endedAt: end,
    impact: [...new Set(named)].map((name) => ({ name, status: "under_maintenance" })),
    ...(without(issue.body) === "" ? {} : { text: without(issue.body) }),
    updates: issue.comments.map((one) => ({ at: one.at, phase: "investigating", text: without(one.body) })),
    oldPaths: [`/incident/${issue.number}`],
    notes: [],
  };
  return { entry };
}

/** jayfk's own colours of labels. */
const systemColor = "171717";
const severities: Readonly<Record<string, PastStatus>> = {
  "1192fc": "degraded_performance",
  ffa500: "degraded_performance",
  ff4d4d: "major_outage",
};
const trusted = /^(owner|member|collaborator)$/iu;

export function readCorestatusPast(documents: readonly PastDocument[]): Past {
  return readWith(documents, (issue) => {
    if (issue.association !== "" && !trusted.test(issue.association)) return { because: "a stranger opened it, so it was never shown" }; // prettier-ignore
    const found = issue.labels.map(({ color }) => severities[color.toLowerCase()]).find((one) => one !== undefined);
    if (found === undefined) return { because: "no label says how bad it was, so it was never shown" };
    const shown = issue.comments.filter((one) => one.association === "" || trusted.test(one.association));
    const systems = issue.labels.filter(({ color }) => color.toLowerCase() === systemColor);
    const updates = shown.map((one): PastUpdate => ({ at: one.at, phase: "investigating", text: one.body }));
    const entry: PastEntry = {
      ...commonOf(issue),
      kind: "incident",
      title: issue.title,
      ...ending(issue, updates),
      impact: systems.map(({ name }) => ({ name, status: found })),
      ...(issue.body === "" ? {} : { text: issue.body }),
      updates,
      oldPaths: [],
      notes: systems.length === 0 ? ["no label names a system: it names no component"] : [],
    };
    return { entry };
  });
}

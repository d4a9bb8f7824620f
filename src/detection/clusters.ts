// Failure messages that many projects share, and how unusual that is: what a job says tells whose fault it may be. Pure.
import type { MessageCluster } from "../incidents/attribution.ts";
import { oneLine } from "../lib/text.ts";

/** What one failed job of a project said. */
export type Said = { readonly project: string; readonly message: string };

/** Where little was seen before, a message is taken to be behind one failure of a hundred. */
const priorShare = 0.01;
const priorWeight = 50;

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
}

/** Figures, hexadecimal, paths and the project go; the host stays, for it names somebody. */
export function fingerprintOf({ project, message }: Said): string {
  const first = oneLine((message.split("\n").find((line) => line.trim() !== "") ?? "").slice(0, 2_000), 500);
  const names = project.split("/").filter((name) => name.length > 2);
  const bare = [project, ...names].reduce(
    (text, name) =>
      name === "" ? text : text.replace(new RegExp(String.raw`(?<![\w.])${escaped(name)}(?![\w.])`, "giu"), "…"),
    first,
  );
  return oneLine(
    bare
      .replace(/\b([a-z][a-z0-9+]{1,9}:\/\/[^/\s"'<>]+)[^\s"'<>]*/giu, "$1/…")
      .replace(/(?<![\w:/])(?:\.{0,2}\/[\w.@…-]+)+\/?/gu, "/…")
      .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/giu, "#")
      .replace(/\b(?:0x)?[0-9a-f]{6,}\b/giu, (found) => (/\d/u.test(found) ? "#" : found))
      .replace(/\d+/gu, "#"),
    200,
  );
}

/** How many projects said each; a project counts once for each thing that it says. */
function votes(said: readonly Said[]): { readonly by: ReadonlyMap<string, number>; readonly all: number } {
  const projects = new Map<string, Set<string>>();
  for (const one of said) {
    const fingerprint = fingerprintOf(one);
    if (fingerprint !== "") projects.set(fingerprint, (projects.get(fingerprint) ?? new Set()).add(one.project));
  }
  const by = new Map([...projects].map(([fingerprint, names]) => [fingerprint, names.size]));
  return { by, all: [...by.values()].reduce((sum, count) => sum + count, 0) };
}

/** `usual`: what failures said at other times. The most unusual comes first. */
export function clustersOf(now: readonly Said[], usual: readonly Said[]): readonly MessageCluster[] {
  const [here, before] = [votes(now), votes(usual)];
  return [...here.by]
    .map(([fingerprint, projects]) => {
      const was = (before.by.get(fingerprint) ?? 0) + priorShare * priorWeight;
      const lift = projects / here.all / (was / (before.all + priorWeight));
      return { fingerprint, projects, lift };
    })
    .toSorted((a, b) => b.lift - a.lift || b.projects - a.projects);
}

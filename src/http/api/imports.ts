// Entries of another status page, brought into the record: each once, and nobody is told.
import { z } from "zod";
import { importPast, type PastToImport } from "../../engine/import-past.ts";
import { checkImpact } from "../../engine/respond.ts";
import type { Desk } from "../../engine/desk.ts";
import { present } from "../../lib/records.ts";
import { failed, ok, type Result } from "../../lib/result.ts";
import { ImportDone, ImportInput } from "../import-contract.ts";
import type { Refused } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";

/** Long texts, a hundred at a time. */
const bodyLimit = 32 * 1_048_576;

type Input = z.output<typeof ImportInput>;

function entryOf(desk: Desk, from: string, given: Input["entries"][number]): Result<PastToImport, Refused> {
  const impact = checkImpact(desk, given.impact);
  if (!impact.ok) return failed({ code: "unknown-name", detail: `${given.key}: ${impact.error.message}` });
  const [startedAt, endedAt] = [Date.parse(given.started), given.ended === undefined ? undefined : Date.parse(given.ended)]; // prettier-ignore
  const wrong = (detail: string) => failed({ code: "invalid" as const, detail: `${given.key}: ${detail}` });
  if (given.kind === "maintenance" && endedAt === undefined) return wrong("a maintenance has an end");
  if (endedAt !== undefined && endedAt < startedAt) return wrong("it cannot have ended before it started");
  const now = desk.clock.now();
  if (given.kind === "incident" && Math.max(startedAt, endedAt ?? 0) > now + 300_000)
    return wrong("an outage cannot begin or end in the future; only a maintenance can");
  return ok({
    from,
    key: given.key,
    kind: given.kind,
    title: given.title,
    startedAt,
    ...present({ endedAt, text: given.text === "" ? undefined : given.text, code: given.code }),
    ...(given.published === undefined ? {} : { publishedAt: Date.parse(given.published) }),
    impact: impact.value,
    updates: given.updates.map(({ at, phase, text }) => ({ at: Date.parse(at), phase, text })),
    links: given.links.map(({ url, title }) => ({ url, ...(title === undefined ? {} : { title }) })),
    oldPaths: given.old_paths,
  });
}

const add = route({
  method: "POST",
  path: "/api/v1/imports",
  tag: "imports",
  summary: "Bring in the past of another status page; what came before is left as it is, and nobody is told",
  scope: "admin",
  params: nothing,
  query: nothing,
  body: ImportInput,
  bodyLimit,
  answers: { 200: z.array(ImportDone) },
  problems: ["unknown-name"],
  async answer(desk, { actor, body }) {
    const entries: PastToImport[] = [];
    for (const given of body.entries) {
      const entry = entryOf(desk, body.from, given);
      if (!entry.ok) return entry;
      entries.push(entry.value);
    }
    const done = await importPast(desk, { entries, by: actor, dryRun: body.dry_run });
    return answered(
      200,
      done.map((one) => ({ ...one, number: one.number ?? null, taken: [...one.taken] })),
    );
  },
});

export const importRoutes: readonly Route[] = [add];

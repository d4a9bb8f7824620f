// Our own archive of a whole record: what a line of each part holds. What lies inside an event is the record's own business.
import { z } from "zod";

const time = z.number().int();
const Actor = z.looseObject({ kind: z.enum(["person", "token", "system"]), id: z.string() });

/** Every happening that a timeline of this version may hold. */
const happenings = [
  "opened", "alert-attached", "alerts-attached", "grown", "flapping", "split-off", "alert-ended", "alerts-ended", "recovered", "relapsed", "acknowledged", "taken",
  "published", "edited", "updated", "revised", "noted", "asked", "resolved", "reopened", "dismissed", "withdrawn", "merged", "absorbed",
] as const; // prettier-ignore

const Event = z.looseObject({ kind: z.enum(happenings), at: time, by: Actor });
const Opened = Event.extend({
  kind: z.literal("opened"),
  number: z.int().positive(),
  id: z.string().min(1),
  startedAt: time,
  notice: z.looseObject({ title: z.string(), alternatives: z.array(z.string()), links: z.array(z.looseObject({ url: z.string() })) }), // prettier-ignore
  impact: z.record(z.string(), z.string()),
  alerts: z.array(z.string()),
  coverage: z.array(z.looseObject({})),
});

const Kind = z.enum(["incident", "maintenance"]);

export const archiveParts = {
  components: z.strictObject({ id: z.string(), code: z.string(), first_seen_at: time, changed_at: time.nullable() }),
  incidents: z.strictObject({
    /** Drafts and what was dismissed: users never saw it. */
    private: z.boolean(),
    code: z.string(),
    changed_at: time,
    timeline: z.tuple([Opened], Event),
  }),
  maintenances: z.strictObject({
    private: z.boolean(),
    changed_at: time,
    window: z.looseObject({
      id: z.string().min(1),
      number: z.int().positive(),
      code: z.string(),
      version: z.int(),
      title: z.string(),
      state: z.enum(["scheduled", "in_progress", "verifying", "completed", "canceled"]),
      components: z.array(z.string()),
      scheduledStart: time,
      scheduledEnd: time,
      plannedAt: time,
      by: Actor,
      events: z.array(z.looseObject({ kind: z.string(), at: time, by: Actor })),
    }),
  }),
  changes: z.strictObject({
    private: z.literal(true),
    id: z.int().positive(),
    at: time,
    said: z.string(),
    component: z.string().nullable(),
    link: z.string().nullable(),
    actor: Actor,
    created_at: time,
  }),
  imported: z.strictObject({ key: z.string(), kind: Kind, number: z.int(), stamp: z.string(), at: time }),
  redirects: z.strictObject({ path: z.string(), kind: Kind, number: z.int() }),
  adoptions: z.strictObject({ id: z.string(), incident: z.int(), at: time }),
  record: z.strictObject({ created_at: time }),
} as const;

export type ArchivePart = keyof typeof archiveParts;
export type ArchiveItem<P extends ArchivePart> = z.output<(typeof archiveParts)[P]>;

/** In the order in which they are written and read back. */
export const archivePartNames = ["record", "components", "incidents", "maintenances", "changes", "adoptions", "imported", "redirects"] as const satisfies readonly ArchivePart[]; // prettier-ignore

export const archiveVersion = 1;

// The JSON of a past that is brought in from another status page.
import { z } from "zod";
import { componentStatuses } from "../components/status.ts";
import { phases } from "../incidents/clocks.ts";
import { plainText } from "../lib/text.ts";
import { archivePartNames } from "../shapes/archive.ts";
import { sentence } from "./contract.ts";

/** What another page said may be long. */
const words = z
  .string()
  .overwrite((given) => plainText(given).trim())
  .max(20_000);
const moment = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) >= Date.UTC(2000, 0, 1) && Date.parse(text) < Date.UTC(2100, 0, 1), {
    message: "a time between 2000 and 2100",
  });

const ImportEntry = z.strictObject({
  key: z.string().min(1).max(300).describe("Its id there: what came once under it is not brought in again."),
  kind: z.enum(["incident", "maintenance"]),
  title: sentence,
  started: moment,
  ended: moment.optional().describe("Absent: it goes on. A maintenance always has one."),
  published: moment.optional().describe("When users first read of it, where that is known."),
  impact: z.record(z.string(), z.enum(componentStatuses)).describe("Component to status; components of this config."),
  text: words.optional(),
  updates: z
    .array(z.strictObject({ at: moment, phase: z.enum(phases), text: words }))
    .max(500)
    .default([])
    .describe("Oldest first."),
  links: z
    .array(z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(2_000), title: z.string().max(300).optional() }))
    .max(20)
    .default([]),
  old_paths: z.array(z.string().max(2_000)).max(20).default([]).describe("Where it could be read; they lead on here."),
  code: z
    .string()
    .regex(/^[0-9a-z]{12}$/)
    .optional()
    .describe("Statuspage's id of it."),
});
export type ImportEntry = z.input<typeof ImportEntry>;

export const mostEntriesAtOnce = 100;

export const ImportInput = z.strictObject({
  from: z
    .string()
    .regex(/^[a-z][a-z-]{0,30}$/)
    .describe("The software that told it, such as cstate."),
  dry_run: z.boolean().default(false),
  entries: z.array(ImportEntry).min(1).max(mostEntriesAtOnce).describe("Numbers are given in this order."),
});

export const ImportDone = z
  .object({
    key: z.string(),
    kind: z.enum(["incident", "maintenance"]),
    number: z.int().nullable().describe("None in a dry run, where it would be new."),
    was: z.enum(["added", "there", "changed"]).describe("changed: it came before, and says something else there now."),
    taken: z.array(z.string()).describe("Old paths that cannot lead here: something stands there already."),
  })
  .meta({ id: "ImportDone" });
export type ImportDone = z.infer<typeof ImportDone>;

export const ArchivePiece = z
  .object({
    part: z.enum(archivePartNames),
    items: z.array(z.record(z.string(), z.unknown())),
    next: z.int().nullable().describe("What to ask for as `after`; null: that was all."),
  })
  .meta({ id: "ArchivePiece" });

export const ArchiveRead = z
  .object({ added: z.int(), there: z.int().describe("Here already; they stayed as they were.") })
  .meta({ id: "ArchiveRead" });

export const ExportPiece = z
  .object({
    files: z.array(z.object({ path: z.string(), text: z.string() })),
    incidents: z.int(),
    maintenances: z.int(),
    next: z.int().nullable().describe("The piece after this one; null: that was all."),
  })
  .meta({ id: "ExportPiece" });

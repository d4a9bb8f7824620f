// The JSON of maintenance windows and recorded changes.
import { z } from "zod";
import { maintenanceStates } from "../maintenance/maintenance.ts";
import { Actor, expect, instant, sentence, text, when } from "./contract.ts";

const components = z.array(z.string().max(100)).max(100).describe("Ids; none for a mere notice, which quiets nothing.");
const starts = when.describe("When it starts; a time that has passed means now.");
const ends = when.describe("When it ends: a time, or 2h from the start.");

export const MaintenanceInput = z.strictObject({
  title: sentence,
  text: text.optional().describe("What is done, and what users will notice; Markdown."),
  components: components.default([]),
  from: starts.optional(),
  to: ends.optional(),
  for: when.optional().describe("How long, in place of `to`: 2h, 1d."),
});

/** One body for each order; the last part of the path names it. */
export const maintenanceOrders = {
  extend: z.strictObject({
    expect,
    to: when.optional().describe("The new end."),
    for: when.optional().describe("In place of `to`: so much longer than planned, such as 30m."),
  }),
  update: z.strictObject({ expect, text }),
  complete: z.strictObject({ expect, text: text.optional() }),
  cancel: z.strictObject({ expect, text: text.optional() }),
  edit: MaintenanceInput.omit({ for: true }).partial().extend({ components: components.optional(), expect }),
} as const;

export const MaintenanceItem = z
  .object({
    number: z.int(),
    version: z.int(),
    title: z.string(),
    text: z.string().nullable(),
    components: z.array(z.string()),
    state: z.enum(maintenanceStates),
    from: instant,
    to: instant,
    planned: instant,
    ended: instant.nullable(),
    by: Actor,
    url: z.string(),
    timeline: z.array(z.object({ at: instant, by: Actor, kind: z.string(), text: z.string().nullable() })),
  })
  .meta({ id: "MaintenanceItem" });
export type MaintenanceItem = z.infer<typeof MaintenanceItem>;

/** One body for each order; the last part of the path names it. */
export const draftOrders = {
  accept: z.strictObject({
    for: when.optional().describe("How long it takes: where their page does not say, or says otherwise."),
  }),
  dismiss: z.strictObject({}),
} as const;

export const DraftItem = z
  .object({
    number: z.int(),
    source: z.string(),
    state: z.enum(["proposed", "accepted", "dismissed", "withdrawn", "over"]),
    by: z.string().describe("Whose work it is."),
    title: z.string(),
    text: z.string().nullable(),
    url: z.string(),
    components: z.array(z.string()),
    from: instant,
    to: instant.nullable().describe("Null where their page does not say."),
    maintenance: z.int().nullable().describe("What was made of it."),
    proposed: instant,
  })
  .meta({ id: "MaintenanceDraft" });
export type DraftItem = z.infer<typeof DraftItem>;

export const ChangeInput = z.strictObject({
  text: sentence.describe("What was changed: deployed v1.2.3."),
  component: z.string().max(100).optional(),
  link: z.url({ protocol: /^https?$/, normalize: true }).optional(),
  at: when.optional().describe("When it was made; now, when left out."),
});

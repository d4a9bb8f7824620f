// The JSON of maintenance that repeats.
import { z } from "zod";
import { Actor, instant, sentence, text, when } from "./contract.ts";

const wall = z.string().max(50);

export const SeriesInput = z.strictObject({
  title: sentence,
  text: text.optional().describe("What is done, and what users will notice; Markdown."),
  components: z.array(z.string().max(100)).min(1).max(100).describe("Ids: what it concerns, and quiets."),
  starts: wall.describe("The first of them, as a clock on the wall shows it: 2026-11-29T02:30."),
  zone: z
    .string()
    .max(100)
    .optional()
    .describe("Where that clock hangs: Europe/Prague; the zone of the site when left out."),
  for: when.describe("How long each takes: 2h."),
  repeat: z.string().min(1).max(500).describe("The rule of RFC 5545: FREQ=WEEKLY;BYDAY=SU."),
  also: z.array(wall).max(200).default([]).describe("Times beside those of the rule (RDATE)."),
  except: z.array(wall).max(200).default([]).describe("Times of the rule that are left out (EXDATE)."),
  dry_run: z.boolean().default(false).describe("Only say what it would be: nothing is planned, and nobody is told."),
});

/** One body for each order; the last part of the path names it. */
export const seriesOrders = {
  skip: z.strictObject({ starts: wall.describe("Which of its times does not take place.") }),
  also: z.strictObject({ starts: wall.describe("A time beside those of the rule, or one that was left out.") }),
  end: z.strictObject({ text: text.optional().describe("What users are told.") }),
} as const;

export const SeriesItem = z
  .object({
    number: z.int().nullable().describe("Null where it was only tried."),
    title: z.string(),
    text: z.string().nullable(),
    components: z.array(z.string()),
    state: z.enum(["running", "ended"]),
    repeat: z.string(),
    words: z.string().describe("How often, in a sentence."),
    zone: z.string(),
    starts: z.string(),
    minutes: z.number().describe("How long each takes."),
    also: z.array(z.string()),
    except: z.array(z.string()),
    next: z
      .array(
        z.object({
          starts: z.string().describe("On the wall of its zone; it names this time for skip."),
          from: instant,
          to: instant,
          maintenance: z.int().nullable().describe("Its window, where it has been made."),
          state: z.string().nullable(),
        }),
      )
      .describe("The next five, by the rule; where a window was moved, its own times."),
    by: Actor,
    added: instant,
    ended: instant.nullable(),
  })
  .meta({ id: "SeriesItem" });
export type SeriesItem = z.infer<typeof SeriesItem>;

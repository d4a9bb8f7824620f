// The JSON that a watcher pulls while the origin lives: all that it needs to speak for it.
import { z } from "zod";
import { instant } from "./contract.ts";

export const ShiftItem = z
  .object({
    start: instant,
    end: instant,
    people: z.array(z.string()).describe("Empty where nobody is on call."),
    hours: z.number(),
    because: z.string(),
  })
  .meta({ id: "ShiftItem" });

export const WatchSnapshot = z
  .object({
    taken: instant,
    epoch: z.int(),
    key: z.string().describe("What the watcher signs with; the origin takes up nothing else."),
    public: z.string().describe("The public snapshot as JSON, for a Tocsin of the same version."),
    version: z.string().describe("Of this Tocsin."),
    roles: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        timeline: z.array(ShiftItem).describe("Who has it, for the next 14 days."),
      }),
    ),
    people: z.array(
      z.object({ id: z.string(), name: z.string(), irc: z.string().nullable().describe("Their services account.") }),
    ),
  })
  .meta({ id: "WatchSnapshot" });
export type WatchSnapshot = z.output<typeof WatchSnapshot>;

export const TakenBack = z
  .object({ targets: z.array(z.string()).describe("The mirrors that are written anew.") })
  .meta({ id: "TakenBack" });

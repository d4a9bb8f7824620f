// The JSON of monitors and of what they saw.
import { z } from "zod";
import { pingWords } from "../monitors/ping.ts";
import { instant, when } from "./contract.ts";

export const UptimeItem = z
  .object({
    up_seconds: z.number(),
    down_seconds: z.number(),
    unknown_seconds: z.number().describe("Nobody looked: the monitor was blind, or Tocsin did not run."),
    uptime: z.number().min(0).max(1).nullable().describe("Up, of the time in which somebody looked."),
    coverage: z.number().min(0).max(1).describe("The share of the time in which somebody looked."),
  })
  .meta({ id: "UptimeItem" });
export type UptimeItem = z.infer<typeof UptimeItem>;

export const MonitorItem = z
  .object({
    source: z.string(),
    type: z.string(),
    component: z.string().nullable(),
    looked: instant.nullable().describe("When it last looked, or tried to."),
    could_look: instant.nullable().describe("When it last could."),
    blind: z.boolean().describe("It has not been able to look for longer than `blind_after`."),
    reason: z.string().nullable().describe("Why it cannot look."),
    last_day: UptimeItem,
    last_month: UptimeItem.describe("The last 30 days."),
    last_quarter: UptimeItem.describe("The last 90 days."),
  })
  .meta({ id: "MonitorItem" });
export type MonitorItem = z.infer<typeof MonitorItem>;

export const MonitorDetail = z
  .object({
    monitors: z.array(MonitorItem).describe("One for each component that the source tells of."),
    pings: z
      .array(z.object({ at: instant, said: z.enum(pingWords), exit_code: z.int().nullable(), log: z.string() }))
      .describe("Of a heartbeat: what it heard last, the newest first."),
  })
  .meta({ id: "MonitorDetail" });
export type MonitorDetail = z.infer<typeof MonitorDetail>;

export const CourseQuery = z.strictObject({
  from: when.optional().describe("The beginning; 24 hours before the end, when left out."),
  to: when.optional().describe("The end; now, when left out."),
  step: z.string().max(20).optional().describe("The length of a bucket: 1m, 5m, 1h, 1d. Fitting, when left out."),
  component: z.string().max(100).optional().describe("Only what it saw of this component."),
});

export const CourseItem = z
  .object({
    source: z.string(),
    component: z.string().nullable(),
    from: instant,
    to: instant,
    step_seconds: z.int(),
    total: UptimeItem,
    buckets: z
      .array(
        z.object({
          at: instant,
          up_seconds: z.number(),
          down_seconds: z.number(),
          unknown_seconds: z.number(),
          took: z
            .object({
              count: z.int(),
              mean_ms: z.number(),
              min_ms: z.number(),
              max_ms: z.number(),
              p50_ms: z.number().describe("Within a tenth."),
              p95_ms: z.number().describe("Within a tenth."),
            })
            .nullable()
            .describe("How long answers took."),
          jobs: z.object({ finished: z.int(), failed: z.int() }).nullable().describe("Jobs that ended."),
        }),
      )
      .describe("In order of time. A span in which nobody looked is not there: it is unknown."),
  })
  .meta({ id: "CourseItem" });
export type CourseItem = z.infer<typeof CourseItem>;

// Who would be told what if an incident were published now.
import { z } from "zod";
import { previewPublish } from "../../engine/preview.ts";
import { failed } from "../../lib/result.ts";
import { refusedBy } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { Numbered } from "./incident-detail.ts";

export const PreviewItem = z
  .object({
    surfaces: z.array(z.string()).describe("What shows it at once: the page, its mirrors, issues."),
    wait_s: z.number().describe("How long messages to users wait, and can be taken back."),
    told: z.array(
      z.object({
        target: z.string().describe("A channel, or subscribers."),
        type: z.string().describe("Of the channel, or how these subscribers are told."),
        audience: z.enum(["team", "users"]),
        readers: z.int().nullable().describe("How many are told, where Tocsin knows it: of a channel it does not."),
        lead: z.string().describe("The first line, or the subject."),
        text: z.string().describe("The exact words."),
      }),
    ),
  })
  .meta({ id: "Preview" });
export type PreviewItem = z.output<typeof PreviewItem>;

const preview = route({
  method: "GET",
  path: "/api/v1/incidents/{number}/preview",
  tag: "incidents",
  summary: "Show who would be told what if it were published now",
  scope: "read",
  params: Numbered,
  query: z.strictObject({ text: z.string().max(20_000).optional().describe("The first update, as for publish.") }),
  body: nothing,
  answers: { 200: PreviewItem },
  problems: ["bad-query", "not-found", "illegal", "incomplete"],
  async answer(desk, { params, query, actor }) {
    const done = await previewPublish(desk, params.number, actor, query.text);
    if (!done.ok) return failed(refusedBy(done.error));
    const { surfaces, waitMs, told } = done.value;
    const body = { surfaces: [...surfaces], wait_s: waitMs / 1_000, told: told.map((one) => ({ ...one, readers: one.readers ?? null })) }; // prettier-ignore
    return answered(200, body);
  },
});

export const previewRoutes: readonly Route[] = [preview];

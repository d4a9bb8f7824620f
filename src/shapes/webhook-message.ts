// What the webhook channel posts: our own JSON, in the form of https://www.standardwebhooks.com. Fields are only ever added to a version.
import { z } from "zod";

const instant = z.iso.datetime();

export const WebhookMessage = z.object({
  type: z
    .string()
    .regex(/^[a-z0-9_]+(\.[a-z0-9_]+)+$/u)
    .describe("What happened: incident.opened, incident.published, …; message.test of `tocsin send-test`."),
  timestamp: instant.describe("When it happened."),
  version: z.literal(1).describe("Of this form. Another number means that fields have changed their meaning."),
  data: z.object({
    id: z.string().describe("Of this message; the webhook-id header says the same. Stays over all tries."),
    channel: z.string().describe("The id of the channel in the config."),
    audience: z.enum(["team", "users"]).describe("For whom it is meant. What is for the team may be a draft."),
    priority: z.enum(["page", "news"]).describe("A page calls somebody."),
    incident: z.int().nullable().describe("The number of the incident, where it is about one."),
    event: z.string().describe("What happened, in one word: the last part of the type."),
    lead: z.string().describe("What it concerns, in a few words."),
    text: z.string().describe("What is said; plain text on one line."),
    link: z.string().nullable().describe("Where there is more. On a team channel the link of a draft is a key to it."),
    mentions: z.array(z.object({ id: z.string(), name: z.string() })).describe("The people who are called."),
    possibly_repeated: z.boolean().describe("An earlier try may have arrived: look whether this id was seen already."),
    sent_at: instant.describe("When this try was made."),
  }),
});
export type WebhookMessage = z.infer<typeof WebhookMessage>;

// Who may have themselves told, as the config says it.
import { z } from "zod";
import { network } from "./fields.ts";

export const Subscriptions = z.strictObject({
  kinds: z
    .array(z.enum(["email", "webhook", "slack", "discord"]))
    .optional()
    .describe(
      "How readers of the page may have themselves told; all four when not written, where a channel of type email for users is. []: nobody may.",
    ),
  most: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(100_000)
    .describe("How many subscribers there may be; who comes beyond is told to use the feed."),
  secret: z
    .string()
    .min(20)
    .optional()
    .describe(
      "Goes into the links of subscribers, beside a secret of the database: with it, a stolen database opens none of them. Changing it makes the links of old mails void.",
    ),
  allow_private: z
    .array(network())
    .default([])
    .describe("Networks inside that webhooks of subscribers may lead to; none when not written."),
});

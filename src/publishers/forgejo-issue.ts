// One pinned Forgejo issue for each published incident; Gitea's API is the same here.
import { z } from "zod";
import { webUrl } from "../config/fields.ts";
import { definePublisher } from "../delivery/publisher.ts";
import type { IncidentView } from "../status/incident-view.ts";
import { forgejoTracker } from "./forgejo-tracker.ts";
import { mirrorIssue } from "./mirror-issue.ts";

const Config = z.strictObject({
  url: webUrl().describe("The Forgejo, such as https://codeberg.org."),
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/u, "must be owner/name, such as packit/packit")
    .describe("The repository, as owner/name."),
  token: z.string().trim().min(1).describe("A token with write:issue and read:user; better token_file."),
  labels: z
    .array(z.string().trim().min(1).max(50))
    .max(20)
    .default([])
    .describe("Labels that the issue gets; those that are missing are made."),
  pin: z.boolean().default(true).describe("Whether it is pinned while the outage lasts. Forgejo allows three pins."),
});

export const forgejoIssue = definePublisher<typeof Config, IncidentView>(Config, ({ config }) =>
  mirrorIssue(async () => forgejoTracker(config.url, config.repository, config.token), config),
);

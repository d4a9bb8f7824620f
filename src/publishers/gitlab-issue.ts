// One GitLab issue for each published incident. GitLab has no pinned issues.
import { z } from "zod";
import { webUrl } from "../config/fields.ts";
import { definePublisher } from "../delivery/publisher.ts";
import type { IncidentView } from "../status/incident-view.ts";
import { gitlabTracker } from "./gitlab-tracker.ts";
import { mirrorIssue } from "./mirror-issue.ts";

const Config = z.strictObject({
  url: webUrl().default("https://gitlab.com").describe("The GitLab; gitlab.com unless given."),
  project: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)+$/u, "must be group/project, such as packit/packit")
    .describe("The project, with its groups: group/subgroup/project."),
  token: z.string().trim().min(1).describe("A project access token with the scope api; better token_file."),
  labels: z
    .array(
      z
        .string()
        .trim()
        .min(1)
        .max(255)
        .regex(/^[^,]*$/u, "GitLab's labels have no commas"),
    ) // prettier-ignore
    .max(20)
    .default([])
    .describe("Labels that the issue gets; GitLab makes those that are missing."),
});

export const gitlabIssue = definePublisher<typeof Config, IncidentView>(Config, ({ config }) =>
  mirrorIssue(async () => gitlabTracker(config.url, config.project, config.token), {
    labels: config.labels,
    pin: false,
  }),
);

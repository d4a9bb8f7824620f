// One pinned GitHub issue for each published incident.
import { z } from "zod";
import { definePublisher } from "../delivery/publisher.ts";
import type { GithubAccess } from "../config/github.ts";
import type { IncidentView } from "../status/incident-view.ts";
import { githubTracker } from "./github-tracker.ts";
import { mirrorIssue } from "./mirror-issue.ts";

const Config = z.strictObject({
  // https://docs.github.com/en/repositories: owner, slash, name.
  repository: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/u, "must be owner/name, such as packit/packit")
    .describe("The repository, as owner/name."),
  labels: z
    .array(z.string().trim().min(1).max(50))
    .max(20)
    .default([])
    .describe("Labels that the issue gets; GitHub makes those that are missing."),
  pin: z.boolean().default(true).describe("Whether it is pinned while the outage lasts. GitHub allows three pins."),
  token: z.string().trim().min(1).optional().describe("A token for this repository alone; else what `github:` says."),
});

function accessOf(token: string | undefined, github: GithubAccess | undefined): GithubAccess | undefined {
  const api_url = github?.api_url ?? "https://api.github.com";
  return token === undefined ? github : { token, api_url };
}

export const githubIssue = definePublisher<typeof Config, IncidentView>(Config, ({ id, config }, { clock, github }) => {
  const access = accessOf(config.token, github);
  if (access === undefined)
    throw new Error(`publish target ${id}: write github: with app_id and private_key_file, or a token here`);
  return mirrorIssue(() => githubTracker(access, config.repository, clock), config);
});

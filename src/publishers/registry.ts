// Every publisher type, by its name in the config.
import type { PublisherProvider } from "../delivery/publisher.ts";
import type { Site } from "../status/read-site.ts";
import type { IncidentView } from "../status/incident-view.ts";
import { forgejoIssue } from "./forgejo-issue.ts";
import { githubIssue } from "./github-issue.ts";
import { gitlabIssue } from "./gitlab-issue.ts";
import { staticSite } from "./static-site.ts";

export const publishers: Readonly<Record<string, PublisherProvider<Site>>> = { "static-site": staticSite };

/** Those that show each published incident by itself, where the others show the page. */
export const incidentPublishers: Readonly<Record<string, PublisherProvider<IncidentView>>> = {
  "forgejo-issue": forgejoIssue,
  "github-issue": githubIssue,
  "gitlab-issue": gitlabIssue,
};

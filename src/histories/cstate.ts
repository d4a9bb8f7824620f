// cState: the folder of its Hugo site, or its `content/issues`, or one issue.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { failed, ok } from "../lib/result.ts";
import { readCstateIssues } from "../shapes/past-cstate.ts";
import type { PastSource } from "../status/past-source.ts";
import { isAddress, readFolder } from "./material.ts";

export const cstate: PastSource = {
  takes: "the folder of the site, its content/issues, or one issue",
  async read({ source, clock }) {
    if (isAddress(source))
      return failed("a cState page has no bodies in its JSON: clone its repository, and name the folder");
    const issues = join(source, "content", "issues");
    const read = readFolder(existsSync(issues) ? issues : source, /\.(md|markdown)$/iu);
    if (!read.ok) return read;
    const { documents, unread } = read.value;
    // A section's own page holds no issue.
    const pages = documents.filter(({ place }) => !/(^|\/)(_index|README)\.(md|markdown)$/iu.test(place));
    if (pages.length + unread.length === 0) return failed(`there is no issue (*.md) in ${source}`);
    const past = readCstateIssues(pages, clock.now());
    return ok({ entries: past.entries, unread: [...unread, ...past.unread] });
  },
};

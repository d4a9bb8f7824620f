// Upptime: its outages and maintenances are issues, which a bot opens and closes.
import { ok } from "../lib/result.ts";
import { readUpptimePast } from "../shapes/past-issues.ts";
import type { PastSource } from "../status/past-source.ts";
import { readIssueLists, takesIssues } from "./repository.ts";

export const upptime: PastSource = {
  takes: takesIssues,
  async read(asking) {
    const read = await readIssueLists(asking);
    if (!read.ok) return read;
    const past = readUpptimePast(read.value.documents);
    return ok({ entries: past.entries, unread: [...read.value.unread, ...past.unread] });
  },
};

// Corestatus (jayfk's statuspage): its outages are issues with labels of certain colours.
import { ok } from "../lib/result.ts";
import { readCorestatusPast } from "../shapes/past-issues.ts";
import type { PastSource } from "../status/past-source.ts";
import { readIssueLists, takesIssues } from "./repository.ts";

export const corestatus: PastSource = {
  takes: takesIssues,
  async read(asking) {
    const read = await readIssueLists(asking);
    if (!read.ok) return read;
    const past = readCorestatusPast(read.value.documents);
    return ok({ entries: past.entries, unread: [...read.value.unread, ...past.unread] });
  },
};

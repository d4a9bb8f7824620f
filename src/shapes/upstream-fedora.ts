// Fedora's `ongoing.json` and `planned.json`: titles and times, no component, no severity, no words. Pure.
// https://github.com/fedora-infra/statusfpo
import { z } from "zod";
import type { Instant } from "../lib/clock.ts";
import { present } from "../lib/records.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { readJson } from "./loose-json.ts";
import { looseTime } from "./loose-time.ts";
import { addressOf, ident, mostEntries, nameOf, sayShape, text, type Feed } from "./upstream-feed.ts";

const Outage = z.looseObject({
  title: text,
  ticket: z.looseObject({ id: ident, url: text }).nullish().catch(undefined),
  startdate: text,
  enddate: text,
});
type Outage = z.output<typeof Outage>;
const Outages = z.looseObject({ outages: z.array(Outage) });

function outagesOf(body: string, file: string): Result<readonly Outage[], string> {
  const json = readJson(body);
  if (!json.ok) return failed(`${file}: ${json.error}`);
  const parsed = Outages.safeParse(json.value);
  return parsed.success
    ? ok(parsed.data.outages.slice(0, mostEntries))
    : failed(`${file}: it is no list of outages: ${sayShape(parsed.error)}`);
}

/** `planned` is absent where the page has none. */
export function readFedora(
  ongoing: string,
  planned: string | undefined,
  address: string,
  now: Instant,
): Result<Feed, string> {
  const [open, ahead] = [
    outagesOf(ongoing, "ongoing.json"),
    planned === undefined ? ok([]) : outagesOf(planned, "planned.json"),
  ];
  if (!open.ok) return open;
  if (!ahead.ok) return ahead;
  const [work, trouble] = [
    open.value.filter((one) => isPlanned(one, now)),
    open.value.filter((one) => !isPlanned(one, now)),
  ];
  return ok({
    page: { name: "Fedora", url: address },
    complete: false,
    components: [],
    incidents: trouble.map((one) =>
      present({ ...entryOf(one, address), phase: "investigating" as const, startedAt: looseTime(one.startdate) }),
    ),
    maintenances: [...work, ...ahead.value].map((one) => {
      const [from, until] = [looseTime(one.startdate), looseTime(one.enddate)];
      const running = (from ?? Infinity) <= now && (until ?? Infinity) > now;
      return present({
        ...entryOf(one, address),
        state: running ? ("in_progress" as const) : ("scheduled" as const),
        from,
        until,
      });
    }),
  });
}

/** Planned work stands among the ongoing while it is on. It has an end, and its title says what is done. */
function isPlanned({ title, enddate }: Outage, now: Instant): boolean {
  return (
    (looseTime(enddate) ?? 0) > now &&
    /\b(planned|scheduled|maintenance|updates?|upgrades?|reboots?|migrat\w+)\b/iu.test(title ?? "")
  );
}

function entryOf({ title, ticket, startdate }: Outage, address: string) {
  const name = nameOf(title) ?? "an outage without a title";
  const id = ticket?.id ?? `${name} ${startdate ?? ""}`.trim();
  return { id, name, components: [], url: addressOf(ticket?.url, address) ?? address };
}

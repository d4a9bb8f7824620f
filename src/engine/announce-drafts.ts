// What the team hears of the work that upstreams plan: each line has the command that makes something of it. Pure.
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { list, oneLine } from "../lib/text.ts";
import { sayTime } from "../lib/zones.ts";
import type { UpstreamDraft } from "../maintenance/upstream-draft.ts";
import { sentences, type Announcement, type Names } from "./announce.ts";

export function announceDraft(
  { number, work, maintenance }: UpstreamDraft,
  did: "proposed" | "changed" | "withdrawn",
  names: Names,
  now: Instant,
): Announcement {
  const { by, title, components, from, until, url } = work;
  const zone = names.site.timeZone;
  const end = until === undefined ? ", with no end given" : ` to ${sayTime(until, { zone, now: from })}`;
  const window = `From ${sayTime(from, { zone, now })}${end}`;
  const hit = list(components.map((id) => oneLine(names.components.get(id)?.name ?? id)));
  const accept = `Users are told when somebody accepts it: \`tocsin maintenance accept ${number}${until === undefined ? " --for 2h" : ""}\``;
  const iso = (at: Instant): string => isoSeconds(at).replace(":00Z", "Z");
  const edit = `--from ${iso(from)}${until === undefined ? "" : ` --to ${iso(until)}`}`;
  const said = {
    proposed: [`${by} plans work`, window, accept],
    changed: [
      `${by} has changed its plan`,
      window,
      maintenance === undefined
        ? accept
        : `Users were told otherwise: \`tocsin maintenance edit ${maintenance} ${edit}\``,
    ],
    withdrawn: [
      `${by} no longer plans it`,
      maintenance === undefined
        ? "Nobody was told of it"
        : `Users were told of it: \`tocsin maintenance cancel ${maintenance}\``,
    ],
  } as const;
  const [lead, ...text] = said[did];
  return {
    audience: "team",
    lead: oneLine(`${lead}: ${title}`, 300),
    text: `${sentences([hit, ...text])} ${url}`,
    page: false,
  };
}

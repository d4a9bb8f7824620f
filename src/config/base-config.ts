// The config file, without the keys that plug-ins bring. Strict: an unknown key is an error.
import { z } from "zod";
import { day, hour, minute, second } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { patternTrouble } from "../lib/pattern.ts";
import { basePath, duration, filled, idOf, KeyPair, network, port, webUrl } from "./fields.ts";
import { Github } from "./github.ts";
import { Site } from "./site-config.ts";
import type { Mistake } from "./mistakes.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { ChannelId, ComponentId, PageId, PersonId, RoleId, SourceId, TargetId, TemplateId } from "./names.ts";

/** What is planned further away has the wrong year. */
const farthestAnnounced = 60 * day;

const line = z.string().trim().min(1).max(200);
const text = z.string().trim().min(1).max(2_000);

// As in `components/status.ts` and `alerts/alert.ts`, which stand below this folder; where the desk is made, the types are compared.
const statuses = [
  "operational",
  "degraded_performance",
  "partial_outage",
  "major_outage",
  "under_maintenance",
] as const;
export const kinds = ["failing", "stuck", "slow", "silent", "down", "blind", "expiring", "other"] as const;

const Server = z.strictObject({
  host: z.string().default("127.0.0.1").describe("Address to listen on; HOST overrides it."),
  port: port().default(8080).describe("Port to listen on; PORT overrides it. 0: any free one."),
  base_path: basePath()
    .default("/")
    .describe("The path under which the page is reached, such as /status/; a proxy may strip it or leave it."),
  trusted_proxies: z
    .array(network())
    .default([])
    .describe("Proxies, as addresses or networks, whose X-Forwarded-For, -Proto and -Host are believed."),
  network_check: z
    .array(webUrl())
    .max(10)
    .default([])
    .describe(
      "Addresses outside that nearly always answer. When no probe reaches anything and none of these answers, Tocsin says that it is cut off itself, and alarms about nothing else.",
    ),
  tls: KeyPair.optional().describe("Speak HTTPS itself; without it, TLS is the work of a proxy."),
});

const Retention = z.strictObject({
  inbox: duration(hour)
    .prefault("30d")
    .describe("Webhooks that were taken in or refused, as they came, for replay; and pings of heartbeats."),
  deliveries: duration(hour)
    .prefault("90d")
    .describe("Messages that were sent, dropped or given up. Those of open incidents stay."),
  alerts: duration(hour).prefault("400d").describe("Alerts that are over. Those of open incidents stay."),
  samples: duration(hour)
    .prefault("400d")
    .describe(
      "What monitors saw, by the hour and the day; by the minute it is kept for 14 days at most. And when jobs were seen to end whose table does not tell.",
    ),
  subscribers_unconfirmed: duration(hour)
    .prefault("2d")
    .describe("Addresses of those who asked to be told and never confirmed it."),
});

const Intake = z.strictObject({
  waiting: z
    .int()
    .min(100)
    .max(10_000_000)
    .default(100_000)
    .describe("How many webhooks may wait in the inbox; what comes beyond is refused with 503."),
  waiting_mb: z
    .int()
    .min(1)
    .max(100_000)
    .default(256)
    .describe("How many megabytes of bodies may wait in it; the same."),
});

const Component = z.strictObject({
  id: idOf<ComponentId>().describe("Its id: [a-z0-9-]+."),
  name: line.describe("What users call it."),
  group: line.optional().describe("The group it is shown in."),
  description: line.optional().describe("One line beside its name."),
  visibility: z
    .enum(["public", "private"])
    .default("public")
    .describe("private: only on those of `pages` that name it, and nowhere else that users look."),
  depends_on: z
    .array(idOf<ComponentId>())
    .optional()
    .describe("Components that it stands on: their trouble explains its own, and one incident tells of both."),
  charts: z
    .array(idOf<SourceId>())
    .min(1)
    .max(4)
    .optional()
    .describe(
      "Sources whose figures of the last day its page draws: how long answers took, or which share of the jobs failed. Everybody who reads the page sees them.",
    ),
  upstream: z
    .strictObject({
      name: line.describe("Whose service it really is."),
      url: webUrl().optional().describe("Their status page; linked from a notice."),
      feed: z
        .looseObject({ type: z.string() })
        .optional()
        .describe("Their status page as programs read it: a source of type upstream-…, about this component."),
    })
    .optional()
    .describe("Somebody else's service that this component stands on."),
  notice: z
    .strictObject({
      scope: text.optional().describe("What is broken when this is broken."),
      affected: text.optional().describe("Who is affected."),
      not_affected: text.optional().describe("Who or what is not."),
      alternatives: z.array(text).optional().describe('What users can do instead; "none known" is an answer.'),
      retrigger: text.optional().describe('Must users retrigger? "no", or "yes: the command".'),
    })
    .default({})
    .describe("What a notice about it says unless somebody says otherwise."),
});

const Page = z.strictObject({
  id: idOf<PageId>().describe("Its id, for the `page` of channels and targets."),
  name: line.describe("What it is called; another name than the site's."),
  url: webUrl().describe("Its own address: who asks for this host is shown this page."),
  language: z.enum(["en", "cs", "de", "es", "fr"]).optional().describe("Another language than that of the site."),
  components: z.array(idOf<ComponentId>()).min(1).describe("What it shows, and nothing else."),
  token: z
    .string()
    .min(16)
    .max(200)
    .optional()
    .describe("Readers must have it; without one, everybody may read. A page with private components needs one."),
});

const Person = z.strictObject({
  id: idOf<PersonId>().describe("Their id: [a-z0-9-]+."),
  name: line.describe("Their name."),
  irc: z
    .strictObject({ account: line.describe("Their services account, by which they are called.") })
    .optional()
    .describe("Who they are on IRC."),
  email: z.email().max(320).optional().describe("Their address, for mail that calls them."),
});

const Role = z.strictObject({
  id: idOf<RoleId>().describe("Its id; outage-master is the one that is called."),
  name: line.optional().describe("What the role is called."),
  people: z.array(idOf<PersonId>()).min(1).describe("Who has it."),
});

const labelValue = z
  .string()
  .max(500)
  .superRefine((value, check) => {
    // Found out when an alert comes, it would keep every alert out.
    const trouble = value.startsWith("~") ? patternTrouble(value.slice(1)) : undefined;
    if (trouble !== undefined) check.addIssue({ code: "custom", message: trouble });
  });

const Route = z.strictObject({
  match: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "a label is made of letters, digits, _ . and -"),
      z.union([labelValue, z.array(labelValue).min(1)]),
    )
    .default({})
    .describe(
      "Labels and their values, or lists of values: kind, severity, source, component, alert, or any label of the source. A value that begins with ~ is a regular expression (RE2) for the whole value. Empty: every alert.",
    ),
  opens: z
    .enum(["draft", "publish", "attach", "none"])
    .default("draft")
    .describe(
      "draft: an incident that the team sees; publish: one that users see at once; attach: it only joins what is open; none: it is said to the channels, and no more.",
    ),
  status: z
    .enum(["degraded_performance", "partial_outage", "major_outage"])
    .optional()
    .describe("How bad it is, whatever the alert says."),
  channels: z
    .array(idOf<ChannelId>())
    .min(1)
    .optional()
    .describe("The only channels of the team that hear of it; all when not written."),
});

const AutomaticNotice = z.strictObject({
  after: duration()
    .prefault("15m")
    .describe("A detected outage that nobody has published by then is told to users in careful words."),
  after_ack: duration().prefault("45m").describe("The same, when somebody has acknowledged it."),
  from: z
    .array(idOf<SourceId>())
    .optional()
    .describe("Only for outages that these sources found; all when not written."),
});

const Publish = z.strictObject({
  dead_mans_switch: z
    .strictObject({
      url: webUrl().describe("Asked with GET as long as all is well; whoever is there calls somebody when it stops."),
      every: duration(10 * second)
        .prefault("1m")
        .describe("How often."),
    })
    .optional()
    .describe("A service elsewhere that notices when Tocsin falls silent."),
  undo: duration()
    .refine((ms) => ms <= 10 * minute, "must be at most 10m")
    .prefault("20s")
    .describe(
      "How long messages to users and subscribers wait, so that `incident undo N` can take them back. Pages and mirrors never wait. 0s: not at all.",
    ),
  automatic_notice: AutomaticNotice.optional().describe("Not written: Tocsin never speaks to users by itself."),
  automatic_resolve: z
    .strictObject({ after: duration().prefault("30m").describe("How long after the evidence has ended.") })
    .optional()
    .describe("Closes an outage of which only Tocsin ever spoke, when the evidence has ended."),
  update_every: z
    .strictObject({
      minor: duration().prefault("4h").describe("For degraded performance."),
      major: duration().prefault("1h").describe("For a partial outage."),
      critical: duration().prefault("30m").describe("For a major outage."),
    })
    .default({ minor: 4 * hour, major: hour, critical: 30 * minute })
    .describe("The next update that is promised when nobody promises another."),
  targets: z
    .array(z.looseObject({ id: idOf<TargetId>(), type: z.string(), page: idOf<PageId>().optional() }))
    .default([])
    .describe("Where the page is mirrored and the record is shown."),
});

const Maintenance = z.strictObject({
  announce: z
    .array(duration())
    .max(10)
    .prefault(["7d", "1d", "0s"])
    .refine((all) => all.every((ms) => ms <= farthestAnnounced), `must be at most ${sayDuration(farthestAnnounced)}`)
    .describe(
      "How long before the start of a maintenance users are told of it, each time once; 0s is the start itself. That it is planned is told at once, and what has passed by then is left out.",
    ),
  verify: duration()
    .refine((ms) => ms <= day, "must be at most 1 d")
    .prefault("15m")
    .describe(
      "How long, after the planned end, alerts of its components stay quiet until their monitors are green. Then they are heard again, and the team is asked. 0s: it is over at its planned end.",
    ),
});

const Template = z.strictObject({
  id: idOf<TemplateId>().describe("Its id: `incident open --template ID`."),
  for: z
    .strictObject({
      component: idOf<ComponentId>().optional().describe("For alerts about this component; any when not written."),
      kind: z.enum(kinds).optional().describe("For alerts of this kind; any when not written."),
    })
    .default({})
    .describe("Which alerts it fills the draft of: the one for component and kind first, then component, then kind."),
  title: filled(line).optional().describe("What is wrong, in a few words."),
  impact: z.record(idOf<ComponentId>(), z.enum(statuses)).default({}).describe("What is hit, as component: status."),
  scope: filled(text).optional().describe("What is broken."),
  affected: filled(text).optional().describe("Who is affected."),
  not_affected: filled(text).optional().describe("Who or what is not."),
  alternatives: z.array(filled(text)).max(20).optional().describe("What users can do instead."),
  retrigger: filled(text).optional().describe('Must users retrigger? "no", or "yes: the command".'),
  links: z.array(webUrl()).max(20).optional().describe("Pages that tell more."),
});

/** Plug-ins bring their own keys beside these. */
const Channel = z.looseObject({
  id: idOf<ChannelId>(),
  type: z.string(),
  audience: z.enum(["team", "users"]).default("team"),
  page: idOf<PageId>().optional(),
});
const Source = z.looseObject({ id: idOf<SourceId>(), type: z.string() });

const Base = z.strictObject({
  site: Site.describe("The status page as a whole."),
  revision: z
    .int()
    .min(0)
    .optional()
    .describe(
      "Raise it with each change, where several replicas run: of different configs the one with the highest runs the engine.",
    ),
  server: Server.prefault({}).describe("Where it listens."),
  database: z
    .strictObject({
      url: z
        .string()
        .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, "must be sqlite:FILE or postgres://…")
        .describe("sqlite:FILE or postgres://…"),
    })
    .optional()
    .describe("Where the record is kept; tocsin.db in the data directory when not written."),
  intake: Intake.prefault({}).describe("How much may come in before it is refused."),
  retention: Retention.prefault({}).describe("How long is kept what grows. Incidents are kept for ever."),
  components: z.array(Component).min(1).describe("The parts that users can name."),
  pages: z
    .array(Page)
    .default([])
    .describe("More pages, by host name, each with components of its own, for other readers than those of the site."),
  people: z.array(Person).default([]).describe("Who may be called."),
  roles: z.array(Role).default([]).describe("Who is responsible."),
  channels: z.array(Channel).default([]).describe("Ways to tell people."),
  sources: z.array(Source).default([]).describe("Who tells us, or whom we send to look."),
  routes: z
    .array(Route)
    .default([])
    .describe("What an alert does: the first route that matches it counts. When none does, it opens a draft."),
  publish: Publish.prefault({}).describe("How the public is told."),
  github: Github.optional().describe("How Tocsin is known to GitHub: as an App, or by a token."),
  maintenance: Maintenance.prefault({}).describe("Planned work."),
  subscriptions: Subscriptions.prefault({}).describe("Who may have themselves told."),
  templates: z
    .array(Template)
    .default([])
    .describe("Notices written beforehand; {component} and {upstream} are filled in."),
});

export const BaseConfig = Base.superRefine((config, check) => {
  const path = config.server.base_path.replace(/\/$/, "");
  const wrong = (at: readonly (string | number)[], message: string): void =>
    check.addIssue({ code: "custom", path: [...at], message });
  for (const [at, url] of [
    [["site", "url"], config.site.url] as const,
    ...config.pages.map((page, i) => [["pages", i, "url"], page.url] as const),
  ])
    if (url !== undefined && path !== "" && URL.parse(url)?.pathname.endsWith(path) === false)
      wrong(at, `must end with server.base_path: …${path}`);
  for (const mistake of pageMistakes(config)) wrong(mistake.path, mistake.message);
});

/** What would show somebody what is not for them is an error, not a surprise. */
function pageMistakes({ site, components, pages, publish }: z.output<typeof Base>): readonly Mistake[] {
  const hidden = new Set(components.filter(({ visibility }) => visibility === "private").map(({ id }) => id));
  // What is no address is told of elsewhere.
  const hostOf = (url: string | undefined): string | undefined => URL.parse(url ?? "")?.host;
  const hosts = new Map([[hostOf(site.url), "the site"]]);
  const ofPages = pages.flatMap((page, i): readonly Mistake[] => {
    const host = hostOf(page.url);
    const taken = host === undefined ? undefined : hosts.get(host);
    hosts.set(host, `the page "${page.id}"`);
    const secret = page.components.find((id) => hidden.has(id));
    return [
      ...(taken === undefined
        ? []
        : [{ path: ["pages", i, "url"], message: `${taken} has this host already; pages are told apart by it` }]),
      ...(secret === undefined || page.token !== undefined
        ? []
        : [
            {
              path: ["pages", i, "components"],
              message: `"${secret}" is private, so this page needs a \`token\` (or \`token_file\`)`,
            },
          ]),
    ];
  });
  const closed = new Set(pages.filter(({ token }) => token !== undefined).map(({ id }) => id));
  const ofTargets = publish.targets.flatMap((target, i): readonly Mistake[] =>
    target.page !== undefined && closed.has(target.page)
      ? [
          {
            path: ["publish", "targets", i, "page"],
            message: `the page "${target.page}" asks for a token; a mirror asks nobody`,
          },
        ]
      : [],
  );
  return [...ofPages, ...ofTargets];
}

export type BaseConfig = z.output<typeof BaseConfig>;

const everywhere: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Where the page is found from this machine: as good as any while nobody has written its public address. */
export function ownAddress({ host, port, tls, base_path }: BaseConfig["server"]): string {
  const name = everywhere[host] ?? host;
  const at = `${name.includes(":") ? `[${name}]` : name}:${port}`;
  return `${tls === undefined ? "http" : "https"}://${at}${base_path.replace(/\/$/, "")}`;
}

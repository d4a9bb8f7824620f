// The JSON that goes in and out: what the CLI speaks today, and what the public API will be generated from.
import { z } from "zod";
import { longestName, scopeNames, tokenName } from "../accounts/token.ts";
import { componentStatuses } from "../components/status.ts";
import { phases } from "../incidents/clocks.ts";
import { duties } from "../incidents/checklist.ts";
import { oneLine, plainText } from "../lib/text.ts";
import { allProblemCodes } from "./problem-codes.ts";

export const when = z
  .string()
  .min(1)
  .max(40)
  .describe("A time: 2026-11-22T10:42Z, 10:42 (UTC), 45m (from now), -45m (ago).");
export const instant = z.string().describe("2026-11-22T10:42:00Z");
// What steers a terminal or the direction of text is dropped where it comes in: no reader has to think of it again.
export const sentence = z
  .string()
  .overwrite((given) => oneLine(given, given.length + 1))
  .min(1)
  .max(200);
export const text = z
  .string()
  .overwrite((given) => plainText(given).trim())
  .min(1)
  .max(10_000);

export const NoticeInput = z.strictObject({
  title: sentence.optional(),
  scope: text.optional().describe("What is broken."),
  affected: text.optional().describe("Who is affected."),
  not_affected: text.optional().describe("What is not."),
  alternatives: z.array(text).max(20).optional().describe('What users can do instead; "none known" is an answer.'),
  eta: when.optional().describe('When it should be over, or "unknown".'),
  next_update: when.optional().describe("When you will speak again."),
  retrigger: text.optional().describe('Must users retrigger? "no", or "yes: the command".'),
  links: z
    .array(z.url({ protocol: /^https?$/, normalize: true }))
    .max(20)
    .optional(),
  cause: text.optional().describe("Whose fault, in words; it needs a link."),
});

const impact = z.record(z.string(), z.string()).describe("Component to status.");

export const OpenInput = NoticeInput.extend({
  template: z.string().max(64).optional().describe("The id of a template; what is given beside it comes first."),
  impact: impact.default({}),
  started: when.optional(),
  ended: when.optional().describe("It is over already, and is told late."),
  publish: z.boolean().default(false),
});

export const expect = z.int().optional().describe("The version you saw; another one refuses the command.");

/** One body for each command; the last part of the path names it. */
export const commands = {
  ack: z.strictObject({ expect, for: when.optional() }),
  take: z.strictObject({ expect }),
  publish: z.strictObject({ expect, text: text.optional() }),
  update: z.strictObject({
    expect,
    text,
    phase: z.enum(phases).optional(),
    backlog: z.boolean().optional(),
    next_update: when.optional(),
  }),
  resolve: z.strictObject({ expect, text: text.optional(), ended: when.optional() }),
  dismiss: z.strictObject({ expect, reason: text, hold: when.optional() }),
  reopen: z.strictObject({ expect }),
  undo: z.strictObject({ expect }),
  merge: z.strictObject({ expect, into: z.int() }),
  split: z.strictObject({
    expect,
    alerts: z
      .array(z.string().min(1).max(2_000))
      .min(1)
      .max(1_000)
      .describe("Alerts that are a trouble of their own: keys, or fingerprints."),
  }),
  revise: z.strictObject({ expect, update: z.int().min(1).describe("Which public update: 1 is the oldest."), text }),
  note: z.strictObject({ expect, text }),
  ask: z.strictObject({ expect, text }),
  postmortem: z.strictObject({ expect, text: z.string().max(20_000).describe("Markdown; it may be long.") }),
  edit: NoticeInput.extend({ expect, impact: impact.optional(), started: when.optional(), ended: when.optional() }),
} as const;

export const Actor = z.object({ kind: z.enum(["person", "token", "system"]), id: z.string() }).meta({ id: "Actor" });

const Notice = z
  .object({
    title: z.string(),
    scope: z.string().nullable(),
    affected: z.string().nullable(),
    not_affected: z.string().nullable(),
    alternatives: z.array(z.string()),
    eta: z.string().nullable().describe('A time, or "unknown".'),
    next_update: instant.nullable(),
    retrigger: z.string().nullable(),
    links: z.array(z.object({ url: z.string(), title: z.string().nullable() })),
    cause: z.string().nullable(),
    quotes: z
      .array(
        z.object({
          by: z.string(),
          title: z.string(),
          text: z.string().nullable(),
          url: z.string().nullable(),
          at: instant,
        }),
      )
      .describe("What upstreams say of themselves: their words."),
  })
  .meta({ id: "Notice" });

const Clocks = z
  .object({
    started: instant,
    detected: instant,
    acknowledged: instant.nullable(),
    published: instant.nullable(),
    mitigated: instant.nullable(),
    resolved: instant.nullable(),
  })
  .meta({ id: "Clocks" });

export const IncidentSummary = z
  .object({
    number: z.int(),
    version: z.int(),
    title: z.string(),
    state: z.enum(["triggered", "acknowledged", "resolved"]),
    phase: z.enum(phases),
    backlog: z.boolean(),
    visibility: z.enum(["draft", "published", "dismissed", "withdrawn"]),
    merged_into: z.int().nullable(),
    severity: z.enum(["none", "minor", "major", "critical", "maintenance"]),
    impact: z.record(z.string(), z.enum(componentStatuses)),
    summary: z.string(),
    spoken_by: z.enum(["nobody", "tocsin", "people"]),
    holder: Actor.nullable(),
    clocks: Clocks,
    url: z.string(),
  })
  .meta({ id: "IncidentSummary" });
export type IncidentSummary = z.infer<typeof IncidentSummary>;

/** What somebody changed, such as a deploy. Never public. */
export const ChangeItem = z
  .object({
    number: z.int(),
    at: instant,
    text: z.string(),
    component: z.string().nullable(),
    link: z.string().nullable(),
    by: Actor,
  })
  .meta({ id: "ChangeItem" });
export type ChangeItem = z.infer<typeof ChangeItem>;

/** Its own timeline and evidence too. */
export const IncidentDetail = IncidentSummary.extend({
  notice: Notice,
  lacks: z
    .array(z.object({ field: z.string(), say: z.string() }))
    .describe("What the notice still needs before it can be public."),
  undo: z
    .object({ until: instant, seconds_left: z.int(), targets: z.array(z.string()) })
    .nullable()
    .describe("What was said last and has not gone out yet can be taken back until then."),
  checklist: z.array(
    z.object({
      duty: z.enum(duties),
      words: z.string(),
      done: z.boolean(),
      at: instant.nullable(),
      by: z.string().nullable(),
    }),
  ),
  alerts: z.array(
    z.object({ key: z.string(), kind: z.string(), status: z.string(), summary: z.string(), since: instant }),
  ),
  changes: z.array(ChangeItem).describe("What was changed in the 2 h before it started, of what is hit first."),
  attribution: z
    .object({
      words: z.string(),
      suspects: z.array(
        z.object({
          name: z.string(),
          score: z.number(),
          prior: z.number(),
          terms: z.array(z.object({ points: z.number(), what: z.string() })),
        }),
      ),
    })
    .describe("Whose fault it may be: a proposal for the team, never public by itself."),
  timeline: z.array(
    z.object({
      at: instant,
      by: Actor,
      kind: z.string(),
      text: z.string().nullable(),
      update: z.int().nullable().describe("Which public update it is; `revise` takes it."),
    }),
  ),
}).meta({ id: "IncidentDetail" });
export type IncidentDetail = z.infer<typeof IncidentDetail>;

export const AlertItem = z
  .object({
    key: z.string(),
    kind: z.string(),
    status: z.string(),
    severity: z.string(),
    component: z.string().nullable(),
    summary: z.string(),
    since: instant,
    observed: instant,
    incident: z.int().nullable(),
    because: z.string(),
  })
  .meta({ id: "AlertItem" });
export type AlertItem = z.infer<typeof AlertItem>;

/** Why an alert did what it did; the latest decision first. */
export const AlertWhy = z
  .object({
    alert: AlertItem,
    route: z.string().describe("The route that matches it now."),
    quiet_by: z.string().nullable().describe("`silence:ID`, `maintenance:N` or `route`, while nobody is told of it."),
    held_until: instant.nullable().describe("It flaps: though resolved, it counts as firing until then."),
    decisions: z.array(z.object({ at: instant, did: z.string(), because: z.string(), incident: z.int().nullable() })),
  })
  .meta({ id: "AlertWhy" });
export type AlertWhy = z.infer<typeof AlertWhy>;

export const SilenceInput = z
  .strictObject({
    matchers: z
      .array(z.string().max(1_000))
      .min(1)
      .max(50)
      .describe('All must match: `component=copr`, `alertname=~"Api.*"`, `severity!=critical`.'),
    reason: z.string().trim().min(1).max(1_000).describe("Why; somebody will ask."),
    for: z.string().optional().describe("How long: 2h. Or `until`."),
    from: z.string().optional().describe("From when; now when not given."),
    until: z.string().optional().describe("Until when: a time."),
    hours: z
      .string()
      .max(100)
      .optional()
      .describe("Only at these hours of the site's zone: `Sat 02:00-04:00`, `daily 03:00-03:30`."),
  })
  .meta({ id: "SilenceInput" });

export const SilenceItem = z
  .object({
    id: z.string(),
    state: z.enum(["pending", "active", "expired"]),
    matchers: z.array(z.string()),
    starts: instant,
    ends: instant,
    hours: z.string().nullable(),
    reason: z.string(),
    by: Actor,
    created: instant,
    quiets: z.int().describe("Alerts of which nobody is told now because of it."),
  })
  .meta({ id: "SilenceItem" });
export type SilenceItem = z.infer<typeof SilenceItem>;

export const DeliveryItem = z
  .object({
    id: z.int(),
    kind: z.string(),
    target: z.string(),
    subject: z.string(),
    status: z.string(),
    attempts: z.int(),
    possibly_repeated: z.boolean(),
    created: instant,
    due: instant,
    settled: instant.nullable(),
    reason: z.string().nullable(),
    text: z.string().nullable(),
  })
  .meta({ id: "DeliveryItem" });
export type DeliveryItem = z.infer<typeof DeliveryItem>;

export const TestInput = z.strictObject({
  text: text.optional().describe("What to say; a sentence of ours when left out."),
});

export const TestDone = z
  .object({
    channel: z.string(),
    sent: z.boolean().describe("Whether the peer took it. If not within 20 s, it is given up."),
    attempts: z.int(),
    reason: z.string().nullable(),
  })
  .meta({ id: "TestDone" });

export const InboxItem = z.object({
  id: z.int(),
  source: z.string(),
  received: instant,
  status: z.string().describe("new, done or rejected."),
  reason: z.string().nullable().describe("Why it was not taken in."),
  done: instant.nullable(),
  bytes: z.int(),
});
export type InboxItem = z.infer<typeof InboxItem>;

export const InboxDetail = InboxItem.extend({
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable().describe("As text; null where it is none."),
  body_base64: z.string().nullable().describe("Where it is no text."),
});
export type InboxDetail = z.infer<typeof InboxDetail>;

export const InboxReplay = z.strictObject({
  source: z.string().max(100).optional().describe("Only those of this source."),
  rejected: z.boolean().default(false).describe("Only those that were not taken in."),
  since: z.string().max(100).optional().describe("Only those that came then or later."),
  until: z.string().max(100).optional().describe("Only those that came before."),
  after: z.int().min(0).default(0).describe("Where to go on: `next` of the answer before."),
});

export const InboxReplayed = z.object({
  webhooks: z.int().describe("So many wait again, and are taken in as if they had just come."),
  next: z.int().nullable().describe("Ask again with `after`; null when there are no more."),
});

export const InboxExport = z.object({
  webhooks: z.array(z.record(z.string(), z.unknown())).describe("As `tocsin replay` reads them, oldest first."),
  next: z.int().nullable().describe("Ask again with `after`; null when there are no more."),
});

export const ComponentItem = z
  .object({
    id: z.string(),
    name: z.string(),
    group: z.string().nullable(),
    description: z.string().nullable(),
    status: z.enum([...componentStatuses, "unknown"]).describe("What the page says; drafts do not count."),
  })
  .meta({ id: "ComponentItem" });

export const PublishDone = z.object({ targets: z.array(z.string()).describe("The mirrors that were asked for.") });

export const TokenInput = z.strictObject({
  name: z
    .string()
    .regex(tokenName, "must be a-z, 0-9 and single dashes")
    .max(longestName)
    .describe("Its identity, for good: the timelines speak of it."),
  scopes: z.array(z.enum(scopeNames)).min(1).max(10).describe("What it may do."),
  expires: when.optional().describe("When it ends; never, when left out."),
  person: z.string().max(100).optional().describe("The id of a person: whoever uses the token acts as them."),
});

export const TokenItem = z
  .object({
    name: z.string(),
    scopes: z.array(z.enum(scopeNames)),
    person: z.string().nullable(),
    created: instant,
    created_by: Actor,
    expires: instant.nullable(),
    last_used: instant.nullable().describe("To the minute."),
    revoked: instant.nullable(),
  })
  .meta({ id: "TokenItem" });
export type TokenItem = z.infer<typeof TokenItem>;

export const TokenMade = TokenItem.extend({ token: z.string().describe("The token itself, shown this once.") }).meta({
  id: "TokenMade",
});

/** RFC 9457. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(allProblemCodes),
    errors: z.array(z.string()).optional().describe("Where and what, one by one."),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

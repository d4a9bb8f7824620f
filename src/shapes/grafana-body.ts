// What Grafana sends: its alerts as Alertmanager would, with more in each; and before version 9 one rule at a time.
// https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
import { z } from "zod";

const text = z.string().catch("");
const nameOr = (usual: string) => z.union([z.string(), z.number()]).transform(String).catch(usual);
const figures = z.record(z.string(), z.unknown()).catch({});

/** What an alert has beyond Alertmanager's. */
const More = z.looseObject({ fingerprint: text, panelURL: text, dashboardURL: text, values: figures });

export type MoreOfAlert = { readonly link?: string; readonly values: string };

/** `A=0.97, B=1`: what the rule compared. */
function sayValues(values: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(values).filter(([, value]) => ["number", "string"].includes(typeof value));
  return told.slice(0, 10).map(([name, value]) => `${name}=${String(value)}`).join(", "); // prettier-ignore
}

/** By fingerprint. The panel is where one sees the curve; without one, the dashboard. */
export function moreOfAlerts(raw: unknown): ReadonlyMap<string, MoreOfAlert> {
  const { data } = z.looseObject({ alerts: z.array(z.unknown()) }).safeParse(raw);
  return new Map(
    (data?.alerts ?? []).flatMap((one): [string, MoreOfAlert][] => {
      const { data: more } = More.safeParse(one);
      if (more === undefined || more.fingerprint === "") return [];
      const link = more.panelURL || more.dashboardURL;
      return [[more.fingerprint, { ...(link === "" ? {} : { link }), values: sayValues(more.values) }]];
    }),
  );
}

const legacyStates = ["alerting", "ok", "no_data", "paused", "pending"] as const;

const Match = z.looseObject({ metric: nameOr(""), value: z.unknown() });

const Legacy = z.looseObject({
  ruleId: nameOr(""),
  ruleName: z.string().min(1),
  state: z.enum(legacyStates),
  orgId: nameOr("1"),
  message: text,
  ruleUrl: text,
  evalMatches: z.array(Match.catch({ metric: "", value: undefined })).catch([]),
  tags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String).catch("")).catch({}),
});

export type LegacyRule = {
  readonly rule: string;
  readonly name: string;
  readonly state: (typeof legacyStates)[number];
  readonly message: string;
  readonly url: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly values: string;
};

export const isLegacy = (raw: unknown): boolean =>
  typeof raw === "object" && raw !== null && "ruleName" in raw && !("alerts" in raw);

/** One rule; or what is wrong with it. */
export function readLegacy(raw: unknown): LegacyRule | readonly string[] {
  const read = Legacy.safeParse(raw);
  if (!read.success) return read.error.issues.map(({ path, message }) => `${["$", ...path.map(String)].join(".")}: ${message}`); // prettier-ignore
  const { ruleId, ruleName, orgId, state, message, ruleUrl, evalMatches, tags } = read.data;
  // The rule of a test of the contact point has no number of its own.
  const rule = ruleId === "" || ruleId === "0" ? ruleName : ruleId;
  const values = sayValues(Object.fromEntries(evalMatches.map(({ metric, value }) => [metric, value])));
  return { rule: `${orgId}/${rule}`, name: ruleName, state, message, url: ruleUrl, tags, values };
}

// Silences as Alertmanager's API v2 has them. One that is made here is Tocsin's, for the alerts of this source alone.
import { z } from "zod";
import type { Actor } from "../accounts/actor.ts";
import { badPattern, matches, type Comparison, type Matcher } from "../alerts/labels.ts";
import { sayRepeat, stateOf, type NewSilence, type Silence } from "../alerts/silence.ts";
import { listSilences, readSilence } from "../alerts/silence-store.ts";
import type { SourceId } from "../config/names.ts";
import { changeSilence, expireSilence } from "../engine/silencing.ts";
import { day, type Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { matchersIn } from "./alertmanager-alerts.ts";
import { wrong, type Asked, type Told } from "./alertmanager-told.ts";

/** As long as Alertmanager shows those that have ended. */
const shownFor = 5 * day;
const mostShown = 10_000;

const isScope = ({ name, how, value }: Matcher, source: SourceId): boolean =>
  name === "source" && how === "=" && value === source;

/** Whether it could ever silence an alert of this source. */
function concerns({ matchers }: Silence, source: SourceId): boolean {
  return matchers.every((matcher) => matcher.name !== "source" || matches(matcher, { source }));
}

function kindOf({ how }: Matcher): { readonly isEqual: boolean; readonly isRegex: boolean } {
  return { isEqual: how === "=" || how === "=~", isRegex: how === "=~" || how === "!~" };
}

/** Who the sender says it was: `prometheus:alice`, as the command line writes `cli:alice`. */
function authorOf({ id }: Actor, source: SourceId): string {
  return id.startsWith(`${source}:`) ? id.slice(source.length + 1) : id.replace(/^cli:/u, "");
}

function present(silence: Silence, source: SourceId, now: Instant): object {
  const own = silence.matchers.filter((matcher) => !isScope(matcher, source));
  // One for all of the source has no other matcher, and Alertmanager knows none without.
  const shown = own.length === 0 ? silence.matchers : own;
  const hours = silence.repeats === undefined ? "" : ` (only ${sayRepeat(silence.repeats)})`;
  return {
    id: silence.id,
    status: { state: stateOf(silence, now) },
    updatedAt: new Date(silence.updatedAt).toISOString(),
    comment: `${silence.reason}${hours}`,
    createdBy: authorOf(silence.by, source),
    endsAt: new Date(silence.endsAt).toISOString(),
    startsAt: new Date(silence.startsAt).toISOString(),
    matchers: shown.map((matcher) => ({ name: matcher.name, value: matcher.value, ...kindOf(matcher) })),
  };
}

/** As Alertmanager filters them: by what their own matchers are written for. */
function isFiltered({ matchers }: Silence, filter: readonly Matcher[]): boolean {
  const written = Object.fromEntries(matchers.map(({ name, value }) => [name, value]));
  return filter.every((matcher) => matches(matcher, written));
}

export async function getSilences({ desk, source, query }: Asked): Promise<Told> {
  const filter = matchersIn(query);
  if (!filter.ok) return wrong(filter.error);
  const now = desk.clock.now();
  const found = await listSilences(desk.db, mostShown, { endingAfter: now - shownFor });
  const shown = found.filter((silence) => concerns(silence, source) && isFiltered(silence, filter.value));
  return { status: 200, body: shown.map((silence) => present(silence, source, now)) };
}

export async function getSilence({ desk, source, id }: Asked): Promise<Told> {
  const silence = await readSilence(desk.db, id);
  if (silence === undefined || !concerns(silence, source)) return { status: 404 };
  return { status: 200, body: present(silence, source, desk.clock.now()) };
}

const time = z.iso.datetime({ offset: true, error: "a time is written 2026-11-22T10:42:00Z" }).transform((text) => Date.parse(text)); // prettier-ignore

const Posted = z.looseObject({
  id: z.string().max(100).nullish(),
  matchers: z
    .array(
      z.looseObject({
        name: z.string().min(1).max(1_000),
        value: z.string().max(10_000),
        isRegex: z.boolean().nullish(),
        isEqual: z.boolean().nullish(),
      }),
    )
    .min(1)
    .max(100),
  startsAt: time,
  endsAt: time,
  createdBy: z.string().max(500).nullish(),
  comment: z.string().max(10_000).nullish(),
});

function comparison(isRegex: boolean, isEqual: boolean): Comparison {
  if (isRegex) return isEqual ? "=~" : "!~";
  return isEqual ? "=" : "!=";
}

function read(
  body: unknown,
  source: SourceId,
  now: Instant,
): Result<NewSilence & { readonly id?: string; readonly author: string }, string> {
  // prettier-ignore
  const parsed = Posted.safeParse(body);
  if (!parsed.success)
    return failed(parsed.error.issues.map((issue) => `${["silence", ...issue.path.map(String)].join(".")}: ${issue.message}`).join("; ")); // prettier-ignore
  const { id, matchers: sent, startsAt, endsAt, createdBy, comment } = parsed.data;
  const matchers = sent.map(({ name, value, isRegex, isEqual }): Matcher => ({ name, value, how: comparison(isRegex === true, isEqual !== false) })); // prettier-ignore
  for (const matcher of matchers) {
    const trouble = badPattern(matcher);
    if (trouble !== undefined) return failed(trouble);
  }
  // Alertmanager's rule, before the source is named, which would always be there.
  if (matchers.every((matcher) => matches(matcher, {})))
    return failed("at least one matcher must not match the empty string");
  const scope: Matcher = { name: "source", how: "=", value: source };
  const named = matchers.some((matcher) => isScope(matcher, source));
  return ok({
    ...(id === null || id === undefined || id === "" ? {} : { id }),
    matchers: named ? matchers : [scope, ...matchers],
    startsAt: Math.max(startsAt, now),
    endsAt,
    reason: oneLine(comment ?? "", 2_000) || "(no comment)",
    author: oneLine(createdBy ?? "", 200),
  });
}

export async function postSilence({ desk, source, body }: Asked): Promise<Told> {
  const asked = read(body, source, desk.clock.now());
  if (!asked.ok) return wrong(asked.error);
  const { id, author, ...silence } = asked.value;
  const by: Actor = { kind: "token", id: author === "" ? source : `${source}:${author}` };
  if (id !== undefined) {
    const known = await readSilence(desk.db, id);
    if (known === undefined || !concerns(known, source)) return wrong("silence not found", 404);
  }
  const made = await changeSilence(desk, by, id, silence);
  return made.ok ? { status: 200, body: { silenceID: made.value.id } } : wrong(made.error.message);
}

export async function deleteSilence({ desk, source, id }: Asked): Promise<Told> {
  const silence = await readSilence(desk.db, id);
  if (silence === undefined || !concerns(silence, source)) return { status: 404 };
  const ended = await expireSilence(desk, id);
  return ended.ok ? { status: 200 } : wrong(ended.error.message, 500);
}

// What is said to whom when something happens to a maintenance window. Pure.
import type { Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { plainMarkdownLine } from "../lib/markdown.ts";
import { list, oneLine } from "../lib/text.ts";
import { sayTime } from "../lib/zones.ts";
import { timeLeft } from "../maintenance/announcing.ts";
import { isNotice, isRunning, type Maintenance, type MaintenanceEvent } from "../maintenance/maintenance.ts";
import { sayActor, sentences, type Announcement, type Names } from "./announce.ts";

import type { Actor } from "../accounts/actor.ts";
import { sayRecurrence, type Series } from "../maintenance/series.ts";

type Say = { readonly window: string; readonly until: string; readonly hit: string };

function saying(maintenance: Maintenance, names: Names, now: Instant): Say {
  const { scheduledStart, scheduledEnd, components } = maintenance;
  const zone = names.site.timeZone;
  return {
    // The end has its date when it is on another day than the start.
    window: `From ${sayTime(scheduledStart, { zone, now })} to ${sayTime(scheduledEnd, { zone, now: scheduledStart })}`,
    until: `Until ${sayTime(scheduledEnd, { zone, now })}`,
    hit: list(components.map((id) => oneLine(names.components.get(id)?.name ?? id))),
  };
}

/** What one step gives to say. Its events come together: a window that begins as it is planned is told once. */
export function announceMaintenance(
  maintenance: Maintenance,
  events: readonly MaintenanceEvent[],
  names: Names & { readonly saysStart: boolean },
  now: Instant,
): readonly (readonly [Announcement, MaintenanceEvent["kind"]])[] {
  const begins = events.some((event) => event.kind === "began");
  const ends = events.some((event) => event.kind === "completed" || event.kind === "canceled");
  const planned = events.some((event) => event.kind === "planned");
  const passed = (kind: MaintenanceEvent["kind"]): boolean =>
    (ends && (kind === "began" || kind === "verifying")) || (begins && kind === "planned");
  return events
    .filter(({ kind }) => !passed(kind))
    .flatMap((event) => announceOne(maintenance, event, names, now).map((said) => [said, event.kind] as const))
    .filter(([{ audience }, kind]) => kind !== "began" || audience === "team" || names.saysStart || planned);
}

function announceOne(
  maintenance: Maintenance,
  event: MaintenanceEvent,
  names: Names,
  now: Instant,
): readonly Announcement[] {
  const n = maintenance.number;
  const say = saying(maintenance, names, now);
  const title = plainMarkdownLine(maintenance.title, 200);
  const who = sayActor(event, names);
  const running = isRunning(maintenance, now);
  const begun = maintenance.events.some(({ kind }) => kind === "began");
  const notice = isNotice(maintenance);
  const kind = notice ? "Notice" : "Maintenance";
  const byClock = event.by.kind === "system";
  const users = (lead: string, ...text: readonly (string | undefined)[]): Announcement => ({
    audience: "users",
    lead,
    text: sentences(text),
    page: false,
  });
  const team = (lead: string, ...text: readonly (string | undefined)[]): Announcement => ({
    audience: "team",
    lead: `${kind} ${n}${lead}`,
    text: sentences(text),
    page: false,
  });
  switch (event.kind) {
    case "planned":
      return [
        users(`${kind}${notice ? "" : " planned"}: ${title}`, say.hit, say.window, event.text),
        team(" is planned", `${who}: ${title}`, say.window, notice ? undefined : `Alerts of ${say.hit} will be quiet`),
      ];
    case "announced":
      return [
        users(`${kind}: ${title} · in ${sayDuration(timeLeft(event, now))}`, say.hit, say.window, maintenance.text),
      ];
    case "verifying":
      return [
        users(`${kind}: ${title} · verifying`, say.hit, "Its planned time has ended; we make sure that all is well"),
        team(
          " is verified",
          `It is over when all monitors of ${say.hit} are green`,
          `Until then alerts are quiet, for ${sayDuration(maintenance.verifyMs ?? 0)} at most`,
        ),
      ];
    case "asked":
      return [
        {
          ...team(
            " should be over, and is not green",
            event.because,
            `Alerts of ${say.hit} page again`,
            `Does it take longer? \`tocsin maintenance extend ${n} 30m\`, or \`complete ${n}\``,
          ),
          page: true,
        },
      ];
    case "began":
      return [
        users(`${kind}: ${title}${notice ? "" : " · in progress"}`, say.hit, say.until, maintenance.text),
        team(" has begun", title, notice ? undefined : `Alerts of ${say.hit} are quiet`, say.until),
      ];
    case "extended":
      return [
        users(`${kind}: ${title} · takes longer`, running ? say.until : say.window),
        team(" takes longer", `${who} extended it`, say.until),
      ];
    case "edited":
      return [
        ...(Object.keys(event.before).some((field) => field !== "text")
          ? [users(`${kind}: ${title} · changed`, say.hit, say.window)]
          : []),
        team(
          "",
          `${who} changed ${list([...new Set(Object.keys(event.before).map((field) => fieldWords[field] ?? field))])}`,
        ),
      ];
    case "updated":
      return [users(`${kind}: ${title}`, event.text), team("", `${who} updated it`)];
    case "completed":
      return [
        users(`${kind}: ${title} · over`, say.hit, event.text ?? (byClock ? "Its planned time has ended" : undefined)),
        team(
          " is over",
          byClock ? (event.text ?? "Its planned time has ended") : `${who} completed it`,
          speakAgain(say.hit),
        ),
      ];
    case "canceled":
      return [
        users(
          `${kind}: ${title} · canceled`,
          say.hit,
          event.text ?? (begun ? "It was stopped before its time" : "It does not take place"),
        ),
        team(" is canceled", event.text === undefined ? who : `${who}: ${event.text}`, speakAgain(say.hit)),
      ];
  }
}

const fieldWords: Readonly<Record<string, string>> = { scheduledStart: "its times", scheduledEnd: "its times" };

function speakAgain(hit: string): string | undefined {
  return hit === "" ? undefined : `Alerts of ${hit} page again`;
}

export type SeriesHappening =
  | { readonly kind: "added"; readonly by: Actor; readonly first: Maintenance | undefined }
  | { readonly kind: "ended"; readonly by: Actor; readonly text?: string };

/** That something repeats, and that it no longer does. Each of its times is announced when it comes. */
export function announceSeries(
  series: Series,
  happening: SeriesHappening,
  names: Names,
  now: Instant,
): readonly Announcement[] {
  const title = plainMarkdownLine(series.title, 200);
  const who = sayActor(happening, names);
  const how = sayRecurrence(series.recurrence);
  const hit = list(series.components.map((id) => oneLine(names.components.get(id)?.name ?? id)));
  const say = (audience: "team" | "users", lead: string, ...text: readonly (string | undefined)[]): Announcement => ({
    audience,
    lead,
    text: sentences(text),
    page: false,
  });
  if (happening.kind === "ended")
    return [
      say(
        "users",
        `Maintenance: ${title} · no longer planned`,
        hit,
        happening.text ?? "What was planned of it does not take place",
      ),
      say(
        "team",
        `Series ${series.number} has ended`,
        happening.text === undefined ? who : `${who}: ${happening.text}`,
      ),
    ];
  const { first } = happening;
  const next =
    first === undefined ? undefined : `The first: ${saying(first, names, now).window.replace("From", "from")}`;
  return [
    say("users", `Maintenance planned: ${title}`, hit, how, next, series.text),
    say("team", `Series ${series.number} is planned`, `${who}: ${title}`, how, next),
  ];
}

// What is said to whom when something happens to an incident. Pure; the link and the mark of a repeat are added when it is sent.
import type { Actor } from "../accounts/actor.ts";
import { isHearsay, onlyHearsay } from "../alerts/hearsay.ts";
import type { Impact } from "../incidents/impact.ts";
import { entriesOf } from "../lib/records.ts";
import type { Component } from "../components/component.ts";
import { severityOf, statusWords, worst } from "../components/status.ts";
import type { ComponentId, PersonId } from "../config/names.ts";
import type { Message } from "../delivery/message.ts";
import { saySuspect, type Change } from "../incidents/change.ts";
import { phaseWords } from "../incidents/clocks.ts";
import type { Incident, IncidentEvent } from "../incidents/incident.ts";
import { editedWords } from "../incidents/steps.ts";
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { plainMarkdownLine } from "../lib/markdown.ts";
import { list, oneLine } from "../lib/text.ts";
import { dayOf, saySpan, dayLabel } from "../lib/zones.ts";

export type Announcement = {
  readonly audience: "team" | "users";
  readonly lead: string;
  readonly text: string;
  readonly page: boolean;
};

export type Names = {
  readonly components: ReadonlyMap<ComponentId, Component>;
  readonly people: ReadonlyMap<PersonId, { readonly name: string }>;
  readonly site: { readonly timeZone: string };
};

/** `Copr builds: major outage`. */
function sayImpact(impact: Impact, { components }: Names): string {
  const hit = entriesOf(impact).filter(([, status]) => status !== "operational");
  const names = hit.map(([id]) => components.get(id)?.name ?? id);
  const status = worst(
    hit.map(([, status]) => status),
    "operational",
  );
  return names.length === 0 ? "no component named" : `${list(names)}: ${statusWords[status].toLowerCase()}`;
}

function sayTime(at: Instant): string {
  return `${isoSeconds(at).slice(11, 16)} UTC`;
}

/** What users read of a notice in one breath. */
function sayNotice(incident: Incident, event: IncidentEvent & { kind: "published" }): string {
  const { notice } = incident;
  const parts = [
    notice.scope,
    event.text === notice.scope ? undefined : event.text,
    notice.affected === undefined ? undefined : `Affected: ${notice.affected}`,
    notice.alternatives.length === 0 ? undefined : `What you can do: ${notice.alternatives.join("; ")}`,
    typeof notice.eta === "number" ? `Expected to be over by ${sayTime(notice.eta)}` : undefined,
    notice.retrigger === undefined ? undefined : `Must I retrigger? ${notice.retrigger}`,
    nextUpdate(incident),
  ];
  return sentences(parts);
}

/** When it was, by the days of the site's zone. */
function sayDay({ clocks }: Incident, event: IncidentEvent, { site }: Names): string {
  const day = dayOf(clocks.started, site.timeZone);
  const today = dayOf(event.at, site.timeZone);
  if (day.date === today.date) return "Earlier today";
  return `On ${dayLabel(day)}${day.date.slice(0, 4) === today.date.slice(0, 4) ? "" : ` ${day.date.slice(0, 4)}`}`;
}

/** What users read of an outage that was over before they were told. */
function sayPast(incident: Incident, event: IncidentEvent & { kind: "published" }): string {
  const { notice, clocks } = incident;
  return sentences([
    notice.scope,
    event.text === notice.scope ? undefined : event.text,
    notice.affected === undefined ? undefined : `Who was affected: ${notice.affected}`,
    notice.retrigger === undefined ? undefined : `Must I retrigger? ${notice.retrigger}`,
    `It lasted ${lasted(incident)}, ${saySpan(clocks.started, clocks.resolved ?? event.at)}`,
    byItself(event),
  ]);
}

function nextUpdate(incident: Incident): string | undefined {
  return incident.notice.nextUpdateAt === undefined
    ? undefined
    : `Next update by ${sayTime(incident.notice.nextUpdateAt)}`;
}

/** Markdown becomes plain words: a chat shows no bold, and what it would show as a link is written out. */
export function sentences(parts: readonly (string | undefined)[]): string {
  return parts
    .map((part) => plainMarkdownLine(part ?? ""))
    .filter((part) => part !== "")
    .map((part) => part.replace(/([^.!?…])$/u, "$1."))
    .join(" ");
}

/** `Copr builds fail (major outage)`: what is hit is named only where the title does not. */
function sayTitle(incident: Incident, names: Names): string {
  const title = plainMarkdownLine(incident.notice.title, 200);
  const hit = entriesOf(incident.impact).filter(([, status]) => status !== "operational");
  if (hit.length === 0) return title;
  const named = hit.every(([id]) => title.includes(names.components.get(id)?.name ?? id));
  const status = worst(
    hit.map(([, status]) => status),
    "operational",
  );
  return `${title} (${named ? statusWords[status].toLowerCase() : sayImpact(incident.impact, names)})`;
}

/** `Alice`; of a login that is nobody in the config, the login. */
export function sayActor({ by }: { readonly by: Actor }, { people }: Pick<Names, "people">): string {
  if (by.kind === "system") return "Tocsin";
  return by.kind === "person" ? (people.get(by.id)?.name ?? by.id) : by.id.replace(/^cli:/u, "");
}

/** What no human wrote says so, to users and team alike. */
function byItself(event: IncidentEvent): string | undefined {
  return event.by.kind === "system" ? "This message is automatic" : undefined;
}

const isHit = (incident: Incident): boolean => Object.keys(incident.impact).length > 0;

const lasted = (incident: Incident): string =>
  sayDuration((incident.clocks.resolved ?? incident.clocks.detected) - incident.clocks.started);

/** What one event gives to say, if anything. `before` is undefined for a new incident. */
export function announce(
  before: Incident | undefined,
  incident: Incident,
  event: IncidentEvent,
  names: Names,
  changes: readonly Change[] = [],
): readonly Announcement[] {
  const n = incident.number;
  const who = sayActor(event, names);
  const team = (lead: string, text: string, page = false): Announcement => ({ audience: "team", lead, text, page });
  const users = (lead: string, text: string): Announcement => ({ audience: "users", lead, text, page: false });
  const open = incident.visibility === "published";
  const title = plainMarkdownLine(incident.notice.title, 200);
  switch (event.kind) {
    case "opened":
      // Of what was over before anybody was told, one line says all.
      if (incident.state === "resolved")
        return open ? [] : [team(`Incident ${n}`, sentences([`${who} put it on the record as over`, title]))];
      return [
        team(
          `Incident ${n}: ${isHit(incident) ? sayImpact(incident.impact, names) : plainMarkdownLine(incident.notice.title, 200)}`,
          sentences([
            event.summary || incident.notice.title,
            saySuspect(changes, incident, event.at),
            incident.alerts.length > 1 ? `${incident.alerts.length} alerts fire` : undefined,
            onlyHearsay(incident.alerts) ? "So far only they say so; nothing of ours has noticed it" : undefined,
            open
              ? undefined
              : isHit(incident)
                ? `Users see nothing yet: \`tocsin incident ack ${n}\`, then \`publish ${n}\` or \`dismiss ${n} REASON\``
                : `\`tocsin incident ack ${n}\`, or \`dismiss ${n} REASON\``,
          ]),
          // Nobody is woken by what others say of themselves: our own evidence does that, when it joins.
          !onlyHearsay(incident.alerts),
        ),
      ];
    case "grown": {
      const told = before?.told;
      const worse =
        told === undefined ||
        told.hearsay === true ||
        !isHit(incident) ||
        badness(incident) > badness(told) ||
        (told.narrow && incident.wide === true);
      const count = incident.alerts.length;
      const parts = [count > 1 ? `${count} alerts fire. The latest` : undefined, incident.summary];
      return [
        team(
          `Incident ${n} grows: ${isHit(incident) ? sayImpact(incident.impact, names) : title}`,
          sentences([parts.filter((part) => part !== undefined).join(": ")]),
          worse,
        ),
      ];
    }
    case "flapping":
      // A storm that flaps is no reason to talk more: the first of them stands for all.
      if ((before?.flapping ?? []).length > 0) return [];
      return [
        team(
          `Incident ${n}: an alert comes and goes`,
          sentences([`\`${oneLine(event.key, 200)}\``, event.because, "Nothing more is said of it until it is calm"]),
        ),
      ];
    case "split-off":
      return [
        team(
          `Incident ${n}`,
          `${who} split ${event.alerts.length === 1 ? "an alert" : `${event.alerts.length} alerts`} off into incident ${event.into}.`,
        ),
      ];
    case "recovered":
      return [
        team(
          `Incident ${n}: the evidence has ended`,
          sentences([incident.summary, `Is it over? \`tocsin incident resolve ${n}\`, or \`update ${n}\` says more`]),
          true,
        ),
      ];
    case "relapsed":
      return [
        users(`${title} · again`, sentences(["The trouble is back; we are looking into it", byItself(event)])),
        team(`Incident ${n}: the trouble is back`, sentences([incident.summary]), true),
      ];
    case "acknowledged":
      return [team(`Incident ${n}`, `${who} has acknowledged it.`)];
    case "taken":
      return [team(`Incident ${n}`, `${who} takes it.`)];
    case "published":
      if (incident.state === "resolved")
        return [
          users(`${sayDay(incident, event, names)}: ${sayTitle(incident, names)}`, sayPast(incident, event)),
          team(`Incident ${n} is public`, `${who} published what is over: ${sentences([incident.notice.title])}`),
        ];
      return [
        users(sayTitle(incident, names), sentences([sayNotice(incident, event), byItself(event)])),
        team(`Incident ${n} is public`, `${who} published: ${sentences([incident.notice.title])}`),
      ];
    case "updated": {
      const text = sentences([
        event.text,
        event.backlog ? "A backlog is being worked off" : undefined,
        nextUpdate(incident),
        byItself(event),
      ]);
      return [
        users(`${title} · ${phaseWords[event.phase].toLowerCase()}`, text),
        team(`Incident ${n}`, `${who} updated it (${event.phase}).`),
      ];
    }
    case "resolved": {
      const text = sentences([
        event.text,
        incident.notice.retrigger === undefined || !open ? undefined : `Must I retrigger? ${incident.notice.retrigger}`,
        `It lasted ${lasted(incident)}`,
        byItself(event),
      ]);
      const ended = team(
        `Incident ${n} is over`,
        sentences([
          event.by.kind === "system" ? `Its evidence has ended: ${incident.summary}` : `${who} resolved it`,
          `It lasted ${lasted(incident)}`,
        ]),
      );
      return open ? [users(`${title} · resolved`, text), ended] : [ended];
    }
    case "reopened":
      return [
        ...(open ? [users(`${title} · again`, "It is not over after all; we are looking into it.")] : []),
        team(
          `Incident ${n} is open again`,
          sentences([`${who} reopened it`, incident.summary]),
          event.by.kind === "system",
        ),
      ];
    case "dismissed":
      return [team(`Incident ${n} is dismissed`, sentences([`${who}: ${event.reason}`]))];
    case "withdrawn":
      return [
        users(`${title} · withdrawn`, sentences([event.correction])),
        team(`Incident ${n} is withdrawn`, sentences([`${who}: ${event.correction}`])),
      ];
    case "merged":
      return [
        ...(open ? [users(title, `This goes on as outage ${event.into}.`)] : []),
        // What Tocsin puts together itself, the incident that goes on tells of in one line.
        ...(event.by.kind === "system" ? [] : [team(`Incident ${n}`, `merged into ${event.into} by ${who}.`)]),
      ];
    case "undone":
      return [team(`Incident ${n}`, `${who} took back what was said last; no message of it went out.${open ? "" : " It is a draft again."}`)]; // prettier-ignore
    case "asked":
      return [team(`Incident ${n}: ${who} asks`, oneLine(event.text))];
    case "postmortem":
      return [users(title, "The post-mortem says what happened.")];
    case "revised":
      return [team(`Incident ${n}`, `${who} changed the text of an update; the old one can still be read.`)];
    case "edited":
      return before?.visibility === "published" ? edited(incident, event, names, team, users) : [];
    case "alert-attached":
      return open && isHearsay(event.key) && before?.alerts.includes(event.key) === false
        ? [
            team(
              `Incident ${n}`,
              sentences([event.summary, `Users are not told that: \`tocsin incident edit ${n} --link URL\` links it`]),
            ),
          ]
        : [];
    case "alerts-attached":
    case "alert-ended":
    case "alerts-ended":
    case "noted":
    case "absorbed":
      return [];
  }
}

const badness = ({ impact }: { readonly impact: Impact }): number =>
  ["none", "maintenance", "minor", "major", "critical"].indexOf(severityOf(Object.values(impact)));

/**
 * What several events of one incident, written at once, give to say: who opens it tells of all that came with it, and an
 * incident that grew, or was over already, while it was opened has nothing more to tell.
 */
export function announceAll(
  steps: readonly { readonly before: Incident | undefined; readonly after: Incident; readonly event: IncidentEvent }[],
  names: Names,
  changes: readonly Change[] = [],
): readonly (Announcement & { readonly event: string })[] {
  const opens = steps.some(({ event }) => event.kind === "opened");
  const last = steps.at(-1)?.after;
  if (last === undefined) return [];
  // Told late, it is told in the past tense, or as it stands by now: one line says all.
  const late = opens && steps.some(({ event }) => event.kind === "published");
  const said = steps.flatMap(({ before, event }) =>
    (opens && event.kind === "grown") || (late && (event.kind === "resolved" || event.kind === "updated"))
      ? []
      : announce(before, last, event, names, changes).map((each) => ({ ...each, event: event.kind })),
  );
  return opens ? said : [...said, ...putTogether(last, steps)];
}

/** The drafts that Tocsin found to be the same trouble. */
function putTogether(
  { number }: Incident,
  steps: readonly { readonly event: IncidentEvent }[],
): readonly (Announcement & { readonly event: string })[] {
  const from = steps.flatMap(({ event }) =>
    event.kind === "absorbed" && event.by.kind === "system" ? [String(event.from)] : [],
  );
  if (from.length === 0) return [];
  const which = from.length === 1 ? `Incident ${list(from)} is` : `Incidents ${list(from)} are`;
  const text = `${which} the same trouble; what comes of it is told here.`;
  return [{ audience: "team", lead: `Incident ${number}`, text, page: false, event: "absorbed" }];
}

type Say = (lead: string, text: string) => Announcement;

/** What users were told and is no longer true is told again; other changes are the page's, and the team's to know. */
function edited(
  incident: Incident,
  event: IncidentEvent & { kind: "edited" },
  names: Names,
  team: Say,
  users: Say,
): readonly Announcement[] {
  const words = editedWords(event);
  if (words.length === 0) return [];
  const told = event.impact !== undefined || "eta" in event.notice;
  const now = sentences([
    typeof incident.notice.eta === "number" ? `Expected to be over by ${sayTime(incident.notice.eta)}` : undefined,
    nextUpdate(incident),
  ]);
  return [
    ...(told ? [users(`${sayTitle(incident, names)} · corrected`, now)] : []),
    team(`Incident ${incident.number}`, `${sayActor(event, names)} changed ${list(words)}.`),
  ];
}

/** The message of an announcement: pages call people by name. */
export function messageOf(said: Announcement, duty: readonly PersonId[], now: Instant, event: string): Message {
  return {
    event,
    lead: said.lead,
    text: said.text,
    mentions: said.page ? duty : [],
    saidAt: now,
    priority: said.page ? "page" : "news",
    possiblyRepeated: false,
  };
}

const publicEvents: ReadonlySet<IncidentEvent["kind"]> = new Set([
  "acknowledged", "published", "edited", "revised", "postmortem", "updated", "resolved", "reopened", "recovered", "relapsed", "withdrawn", "merged", "absorbed", "alert-attached", "alerts-attached", "taken", "undone",
]); // prettier-ignore

/** Whether the page may show something else after this event. Drafts never touch it. */
export function changesPage(incident: Incident, event: IncidentEvent): boolean {
  const seen = ["published", "withdrawn"].includes(incident.visibility) || event.kind === "undone";
  return seen && publicEvents.has(event.kind);
}

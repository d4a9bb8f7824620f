// The commands, the table of legal moves, and what a legal command makes happen. Pure.
import type { Impact } from "./impact.ts";
import type { Actor } from "../accounts/actor.ts";
import { sameActor } from "../accounts/actor.ts";
import type { AlertKey } from "../alerts/alert.ts";
import type { Instant } from "../lib/clock.ts";
import { minute } from "../lib/clock.ts";
import type { Attached, Ended, Incident, NoticeEdit, Undone } from "./incident.ts";
import { lacks, type Lack, type Notice } from "./notice.ts";
import { attach, endAlerts, holdAlert, split, tellGrowth } from "./obey-evidence.ts";
import { did, refuse, type Obeyed } from "./obeyed.ts";
import type { Phase } from "./clocks.ts";

export type Order =
  | { readonly do: "acknowledge"; readonly until?: Instant }
  | { readonly do: "take" }
  /** `text` is the first public update; the evidence speaks where nobody wrote one. */
  | { readonly do: "publish"; readonly text?: string }
  | { readonly do: "reopen" }
  /** Of a draft: a false alarm. Of a published incident: withdrawn, and `reason` is the public correction. */
  /** `evidence`: what each of its alerts shows now, for the hold; the engine's to fill in. */
  | {
      readonly do: "dismiss";
      readonly heldUntil?: Instant;
      readonly reason: string;
      readonly evidence?: Readonly<Record<AlertKey, number>>;
    }
  | { readonly do: "merge"; readonly into: number }
  /** These alerts are a trouble of their own; `into` is the incident that they become, the engine's to fill in. */
  | { readonly do: "split"; readonly alerts: readonly AlertKey[]; readonly into: number }
  | { readonly do: "note"; readonly text: string }
  | { readonly do: "ask"; readonly text: string }
  /** What happened and what was learned, for the public, when it is over. */
  | { readonly do: "postmortem"; readonly text: string }
  | {
      readonly do: "edit";
      readonly notice?: NoticeEdit;
      readonly impact?: Impact;
      readonly startedAt?: Instant;
      readonly endedAt?: Instant;
    }
  | {
      readonly do: "update";
      readonly text: string;
      readonly phase?: Phase;
      readonly backlog?: boolean;
      readonly nextUpdateAt?: Instant;
    }
  | { readonly do: "resolve"; readonly text?: string; readonly endedAt?: Instant }
  /** Takes back what was said last, while its messages wait. Which events that are is the engine's to fill in. */
  | { readonly do: "undo"; readonly of?: readonly number[]; readonly was?: Undone }
  /** Another text for the `update`th public update. The engine looks up which event that is, and what users read now. */
  | {
      readonly do: "revise";
      readonly update: number;
      readonly text: string;
      readonly of?: { readonly n: number; readonly before: string };
    }
  /** The engine's own: an alert joins or leaves, another incident is merged into this one. */
  | ({ readonly do: "attach" } & Attached)
  | { readonly do: "attach-all"; readonly alerts: readonly Attached[] }
  | ({ readonly do: "end-alert" } & Ended)
  | { readonly do: "end-all"; readonly alerts: readonly Ended[] }
  | { readonly do: "hold-alert"; readonly key: AlertKey; readonly because: string }
  | { readonly do: "tell-growth" }
  | { readonly do: "absorb"; readonly from: Incident };

export type Do = Order["do"];

/** `expect`: the version the sender saw. */
export type Command = { readonly by: Actor; readonly at: Instant; readonly expect?: number } & Order;

export const standings = [
  "draft triggered",
  "draft acknowledged",
  "draft resolved",
  "published triggered",
  "published acknowledged",
  "published resolved",
  "dismissed",
  "withdrawn",
  "merged",
] as const;
export type Standing = (typeof standings)[number];

export function standingOf(incident: Incident): Standing {
  if (incident.mergedInto !== undefined) return "merged";
  if (incident.visibility === "dismissed" || incident.visibility === "withdrawn") return incident.visibility;
  return `${incident.visibility} ${incident.state}`;
}

const alive = [
  "acknowledge",
  "take",
  "dismiss",
  "merge",
  "note",
  "ask",
  "edit",
  "resolve",
  "attach",
  "attach-all",
  "end-alert",
  "end-all",
  "hold-alert",
  "tell-growth",
  "absorb",
  "split",
] as const;

/** The whole table: what may be done to an incident, by where it stands. */
export const legalMoves: Readonly<Record<Standing, readonly Do[]>> = {
  "draft triggered": [...alive, "publish"],
  "draft acknowledged": [...alive, "publish"],
  "draft resolved": ["publish", "reopen", "dismiss", "note", "edit", "end-alert", "end-all"],
  "published triggered": [...alive, "update", "revise", "undo"],
  "published acknowledged": [...alive, "update", "revise", "undo"],
  "published resolved": ["reopen", "dismiss", "note", "edit", "revise", "undo", "postmortem", "end-alert", "end-all"],
  dismissed: ["reopen", "note"],
  withdrawn: ["note", "revise"],
  merged: ["note", "revise"],
};

const whereItStands: Readonly<Record<Standing, string>> = {
  "draft triggered": "is a draft that users do not see",
  "draft acknowledged": "is a draft that users do not see",
  "draft resolved": "is over and was never published",
  "published triggered": "is published and open",
  "published acknowledged": "is published and open",
  "published resolved": "is resolved",
  dismissed: "was dismissed",
  withdrawn: "was withdrawn",
  merged: "was merged",
};

function advice(incident: Incident, what: Do): string {
  const n = incident.number;
  if (incident.mergedInto !== undefined) return `speak to incident ${incident.mergedInto}`;
  if (what === "undo") return "there is nothing that could be taken back";
  if (incident.visibility === "withdrawn") return "open a new one";
  if ((what === "update" || what === "revise") && incident.visibility === "draft")
    return `\`publish ${n}\` first, or \`note ${n}\` for the team alone`;
  if (what === "postmortem" && incident.visibility === "draft") return `\`publish ${n}\` first`;
  if (what === "postmortem" && incident.visibility === "published") return `\`resolve ${n}\` first`;
  if (what === "publish" && incident.visibility === "published")
    return incident.state === "resolved" ? "users can read it already" : `\`update ${n}\` says more`;
  if (what === "reopen") return incident.visibility === "draft" ? "it is open" : `\`update ${n}\` says more`;
  return what === "resolve" || what === "dismiss" ? "nothing is left to do" : `\`reopen ${n}\` first`;
}

const farFuture = 5 * minute;

function badTimes(command: Command & { do: "edit" | "resolve" }, incident: Incident): string | undefined {
  const started = command.do === "edit" ? (command.startedAt ?? incident.clocks.started) : incident.clocks.started;
  const ended = command.endedAt ?? (command.do === "edit" ? incident.clocks.resolved : undefined);
  if (started > command.at + farFuture) return "it cannot have started in the future";
  if (ended !== undefined && ended > command.at + farFuture) return "it cannot have ended in the future";
  if (ended !== undefined && ended < started) return "it cannot have ended before it started";
  return undefined;
}

/** What a published incident may be edited into is what could have been published. */
function lacking({ state, imported }: Incident, notice: Notice, impact: Impact): readonly Lack[] {
  // What another page told long ago was never asked for all that; one slip in it must not ask for six answers.
  if (imported !== undefined) return lacks(notice, true).filter((lack) => lack.field === "title");
  const component = Object.keys(impact).length === 0 ? [{ field: "component", say: "what is hit, as ID=STATUS" }] : [];
  return [...lacks(notice, state === "resolved"), ...component];
}

function incomplete(incident: Incident, missing: readonly Lack[]): Obeyed {
  const words = missing.map((lack) => `--${lack.field} (${lack.say})`).join(", ");
  return {
    ok: false,
    refusal: {
      code: "incomplete",
      message: `incident ${incident.number} cannot be public yet; it lacks ${words}`,
      lacks: missing,
    },
  };
}

/** Fields of `edit` that are really other than before, and what they were. */
function changes(notice: Notice, edit: NoticeEdit): { readonly now: NoticeEdit; readonly before: NoticeEdit } {
  const differs = (key: string): boolean =>
    JSON.stringify(Reflect.get(edit, key)) !== JSON.stringify(Reflect.get(notice, key));
  const keys = Object.keys(edit).filter(differs);
  const pick = (from: object): NoticeEdit => Object.fromEntries(keys.map((key) => [key, Reflect.get(from, key)]));
  return { now: pick(edit), before: pick(notice) };
}

/** Decides one command: refused with a reason, or what happens. */
export function obey(incident: Incident, command: Command): Obeyed {
  if (command.expect !== undefined && command.expect !== incident.version) {
    return refuse(
      "conflict",
      `incident ${incident.number} has changed since you looked (version ${incident.version}, you saw ${command.expect}); look again`,
    );
  }
  const standing = standingOf(incident);
  if (!legalMoves[standing].includes(command.do)) {
    return refuse("illegal", `incident ${incident.number} ${whereItStands[standing]}; ${advice(incident, command.do)}`);
  }
  switch (command.do) {
    case "acknowledge":
      return acknowledge(incident, command);
    case "take":
      return did(incident, command, { kind: "taken" });
    case "publish":
      return publish(incident, command);
    case "reopen":
      return did(incident, command, { kind: "reopened" });
    case "dismiss":
      return dismiss(incident, command);
    case "merge":
      if (command.into === incident.number) return refuse("invalid", "an incident cannot be merged into itself");
      return did(incident, command, { kind: "merged", into: command.into });
    case "note":
    case "ask":
      if (command.text.trim() === "")
        return refuse("invalid", `a ${command.do === "note" ? "note" : "question"} needs a text`);
      return did(incident, command, { kind: command.do === "note" ? "noted" : "asked", text: command.text });
    case "postmortem":
      if (command.text.trim() === "") return refuse("invalid", "a post-mortem needs a text");
      return did(incident, command, { kind: "postmortem", text: command.text });
    case "revise":
      return revise(incident, command);
    case "undo":
      if (command.of === undefined || command.was === undefined)
        return refuse(
          "illegal",
          `what was last said of incident ${incident.number} has gone out; \`update ${incident.number}\` says more, \`dismiss ${incident.number}\` corrects it`,
        );
      return did(incident, command, { kind: "undone", of: command.of, was: command.was });
    case "edit":
      return edit(incident, command);
    case "update":
      return update(incident, command);
    case "resolve":
      return resolve(incident, command);
    case "attach":
      return attach(incident, command, [command]);
    case "attach-all":
      return attach(incident, command, command.alerts);
    case "end-alert":
      return endAlerts(incident, command, [command]);
    case "end-all":
      return endAlerts(incident, command, command.alerts);
    case "hold-alert":
      return holdAlert(incident, command);
    case "tell-growth":
      return tellGrowth(incident, command);
    case "split":
      return split(incident, command);
    case "absorb":
      // "This goes on as outage 7" must lead to something that the public may read.
      if (incident.visibility === "draft" && command.from.visibility === "published")
        return refuse(
          "illegal",
          `incident ${command.from.number} is public and incident ${incident.number} is a draft; \`publish ${incident.number}\` first, or merge ${incident.number} into ${command.from.number}`,
        );
      return did(incident, command, {
        kind: "absorbed",
        from: command.from.number,
        alerts: command.from.alerts,
        impact: command.from.impact,
        coverage: command.from.coverage,
        startedAt: command.from.clocks.started,
        ...(command.from.evidence === undefined ? {} : { evidence: command.from.evidence }),
        ...(command.from.wide === true ? { wide: true } : {}),
        ...(command.from.channels === undefined ? {} : { channels: command.from.channels }),
      });
  }
}

function acknowledge(incident: Incident, command: Command & { do: "acknowledge" }): Obeyed {
  if (command.until !== undefined && command.until <= command.at)
    return refuse("invalid", "an acknowledgement must last until later than now");
  const other =
    incident.state === "acknowledged" && incident.holder !== undefined && !sameActor(incident.holder, command.by);
  if (other)
    return refuse(
      "illegal",
      `${incident.holder?.id} has acknowledged incident ${incident.number} already; \`take ${incident.number}\` takes it over`,
    );
  return did(incident, command, {
    kind: "acknowledged",
    ...(command.until === undefined ? {} : { until: command.until }),
  });
}

function publish(incident: Incident, command: Command & { do: "publish" }): Obeyed {
  const missing = lacking(incident, incident.notice, incident.impact);
  if (missing.length > 0) return incomplete(incident, missing);
  const last = incident.state === "resolved" ? "This is over." : "We are looking into it.";
  const texts = [command.text, incident.notice.scope, last];
  const text = texts.find((each) => each !== undefined && each.trim() !== "") ?? "";
  return did(incident, command, { kind: "published", text });
}

function dismiss(incident: Incident, command: Command & { do: "dismiss" }): Obeyed {
  if (command.reason.trim() === "") return refuse("invalid", "a dismissal needs a reason");
  const held = {
    ...(command.heldUntil === undefined ? {} : { heldUntil: command.heldUntil }),
    ...(command.evidence === undefined ? {} : { evidence: command.evidence }),
  };
  if (incident.visibility === "published")
    return did(incident, command, { kind: "withdrawn", correction: command.reason, ...held });
  return did(incident, command, { kind: "dismissed", reason: command.reason, ...held });
}

function edit(incident: Incident, command: Command & { do: "edit" }): Obeyed {
  const wrong = badTimes(command, incident);
  if (wrong !== undefined) return refuse("invalid", wrong);
  if (command.endedAt !== undefined && incident.state !== "resolved")
    return refuse("invalid", `incident ${incident.number} has not ended; \`resolve ${incident.number}\` ends it`);
  const notice = { ...incident.notice, ...command.notice };
  const missing =
    incident.visibility === "published" ? lacking(incident, notice, command.impact ?? incident.impact) : [];
  if (missing.length > 0) return incomplete(incident, missing);
  const { now, before } = changes(incident.notice, command.notice ?? {});
  return did(incident, command, {
    kind: "edited",
    notice: now,
    before,
    ...(command.impact === undefined ? {} : { impact: command.impact }),
    // A clock that is ahead is forgiven, not believed: nothing on the record begins or ends after it was told.
    ...(command.startedAt === undefined ? {} : { startedAt: Math.min(command.startedAt, command.at) }),
    ...(command.endedAt === undefined ? {} : { endedAt: Math.min(command.endedAt, command.at) }),
  });
}

function update(incident: Incident, command: Command & { do: "update" }): Obeyed {
  if (command.text.trim() === "") return refuse("invalid", "an update needs a text");
  if (command.nextUpdateAt !== undefined && command.nextUpdateAt <= command.at)
    return refuse("invalid", "the next update must be promised for later than now");
  const phase = command.phase ?? incident.phase;
  const backlog = command.backlog ?? (phase === "monitoring" && incident.backlog);
  if (backlog && phase !== "monitoring") return refuse("invalid", "a backlog being worked off is the phase monitoring");
  if (phase === "resolved")
    return resolve(incident, { by: command.by, at: command.at, do: "resolve", text: command.text });
  return did(incident, command, {
    kind: "updated",
    text: command.text,
    phase,
    backlog,
    ...(command.nextUpdateAt === undefined ? {} : { nextUpdateAt: command.nextUpdateAt }),
  });
}

function resolve(incident: Incident, command: Command & { do: "resolve" }): Obeyed {
  const wrong = badTimes(command, incident);
  if (wrong !== undefined) return refuse("invalid", wrong);
  return did(incident, command, {
    kind: "resolved",
    endedAt: Math.min(command.endedAt ?? command.at, command.at),
    ...(command.text === undefined ? {} : { text: command.text }),
  });
}

/** The old text stays in the timeline, and readers can open it. */
function revise(incident: Incident, command: Command & { do: "revise" }): Obeyed {
  const { of, text } = command;
  if (of === undefined)
    return refuse("not-found", `incident ${incident.number} has no public update ${command.update}; \`show\` has them`);
  if (text.trim() === "") return refuse("invalid", "an update needs a text");
  if (text === of.before) return refuse("invalid", `update ${command.update} says that already`);
  return did(incident, command, { kind: "revised", n: of.n, text, before: of.before });
}

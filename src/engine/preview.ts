// Who would be told what if an incident were published now: made by the same functions that will say it, and nothing is written.
import type { Actor } from "../accounts/actor.ts";
import { stepsOf } from "../incidents/steps.ts";
import { readIncident, readTimeline } from "../incidents/incident-store.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import { statuspageCode } from "../lib/codes.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { publicIncident } from "../status/public-incident.ts";
import { aboutIncident, hears, subscriberKinds } from "../subscribers/subscriber.ts";
import { wantsOfAll } from "../subscribers/subscriber-store.ts";
import { writeTidings } from "../subscribers/tidings.ts";
import { listens, messagesOf } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { publicLink } from "./links.ts";
import { rehearsePublish } from "./respond.ts";
import { subscribersTarget } from "./subscribers-target.ts";

export type Told = {
  readonly target: string;
  readonly type: string;
  readonly audience: "team" | "users";
  /** How many read there, where Tocsin knows it. */
  readonly readers?: number;
  readonly lead: string;
  readonly text: string;
};

export type Preview = { readonly surfaces: readonly string[]; readonly waitMs: number; readonly told: readonly Told[] };

export async function previewPublish(
  desk: Desk,
  number: number,
  by: Actor,
  text: string | undefined,
): Promise<Result<Preview, Refusal>> {
  const incident = await readIncident(desk.db, number);
  if (incident === undefined) return failed({ code: "not-found", message: `there is no incident ${number}` });
  const now = desk.clock.now();
  const obeyed = rehearsePublish(desk, incident, by, text);
  if (!obeyed.ok) return failed(obeyed.refusal);
  const steps = stepsOf(incident, obeyed.events);
  const listening = await listens(desk.db, desk);
  const messages = messagesOf(desk, obeyed.incident, steps, { changes: [], listening }, now);
  const timeline = [...(await readTimeline(desk.db, number)), ...obeyed.events];
  const [page] = desk.pages;
  const about = aboutIncident(timeline, page.shown);
  const wants = listening ? await wantsOfAll(desk.db) : [];
  const told = messages.flatMap(({ target, message }): readonly Told[] => {
    const { lead } = message;
    if (target !== subscribersTarget) {
      const channel = [...desk.channels.values()].find(({ id }) => id === target);
      return [{ target, type: channel?.type ?? "", audience: channel?.audience ?? "users", lead, text: message.text }];
    }
    const shown = publicIncident(obeyed.incident, statuspageCode("incident", incident.id), timeline, page.shown);
    const write = writeTidings({ site: desk.site, lead, text: message.text, first: true, incident: shown, links: [publicLink(desk.site.url, number)], now }); // prettier-ignore
    const letter = write({ manage: `${desk.site.url}/subscriptions/…`, possiblyRepeated: false });
    return subscriberKinds.flatMap((kind) => {
      const theirs = wants.filter((one) => one.kind === kind && hears(one, about, page.shown));
      const readers = theirs.reduce((sum, { count }) => sum + count, 0);
      if (readers === 0) return [];
      return [{ target: "subscribers", type: kind, audience: "users" as const, readers, lead, text: kind === "email" ? letter.text : message.text }]; // prettier-ignore
    });
  });
  const surfaces = [desk.site.url, ...desk.targets.keys(), ...desk.incidentTargets.keys()];
  return ok({ surfaces, waitMs: desk.promises.undoMs ?? 0, told });
}

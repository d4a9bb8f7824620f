// Every surface is to be made equal now, whatever it shows: a person asked for it.
import { wishPublication } from "../delivery/delivery-store.ts";
import { recentPublicIncidents } from "../incidents/incident-store.ts";
import { siteSubject } from "./commit.ts";
import { subjectOf } from "./subject.ts";
import type { Desk } from "./desk.ts";
import { topicSubject, topicTargets } from "./topics.ts";

/** Returns what was asked for. */
export async function wishAll(desk: Desk): Promise<readonly string[]> {
  const now = desk.clock.now();
  for (const target of desk.targets.keys()) await wishPublication(desk.db, target, siteSubject, now);
  for (const { id } of topicTargets(desk)) await wishPublication(desk.db, id, topicSubject, now);
  for (const { id, page } of desk.incidentTargets.values())
    for (const { incident } of await recentPublicIncidents(desk.db, page.shown, now))
      await wishPublication(desk.db, id, subjectOf(incident.number), now);
  desk.bell.ring();
  return [...desk.targets.keys(), ...topicTargets(desk).map(({ id }) => id), ...desk.incidentTargets.keys()];
}

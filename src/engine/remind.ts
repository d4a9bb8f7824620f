// Acts on what is due by the clock: speaks where nobody has, and asks the duty holder for what was promised.
import { tocsin } from "../accounts/actor.ts";
import { queueMessages } from "../delivery/delivery-store.ts";
import type { Incident } from "../incidents/incident.ts";
import { openIncidents } from "../incidents/incident-store.ts";
import { carefulNotice, remindersOf, type Reminder } from "../incidents/reminders.ts";
import { isoSeconds } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { dutyHolders } from "../oncall/role.ts";
import { messageOf } from "./announce.ts";
import { subjectOf } from "./subject.ts";
import type { Desk } from "./desk.ts";
import { command } from "./respond.ts";

/** Looks at every open incident; as often as a minute is often enough. */
export async function remind(desk: Desk): Promise<void> {
  const now = desk.clock.now();
  for (const incident of await openIncidents(desk.db)) {
    try {
      for (const due of remindersOf(incident, desk.promises, now)) await act(desk, incident, due);
    } catch (thrown) {
      // One that cannot be helped must not keep the others waiting; it is tried again with the next look.
      desk.log.error({ incident: incident.number, reason: reasonOf(thrown) }, "a reminder failed");
    }
  }
}

async function act(desk: Desk, incident: Incident, due: Reminder): Promise<void> {
  const n = incident.number;
  switch (due.kind) {
    case "publish": {
      const filled = await command(desk, n, tocsin, { do: "edit", notice: carefulNotice(incident) }, incident.version);
      if (filled.ok)
        await command(desk, n, tocsin, { do: "publish", text: "We are looking into it." }, filled.incident.version);
      return;
    }
    case "resolve":
      await command(
        desk,
        n,
        tocsin,
        { do: "resolve", text: "What we measure has been normal again for a while; we consider this over." },
        incident.version,
      );
      return;
    case "grown":
      await command(desk, n, tocsin, { do: "tell-growth" }, incident.version);
      return;
    case "cannot-publish":
      return ask(
        desk,
        incident,
        due.kind,
        "no-notice",
        `Incident ${n} should be public by now but lacks: ${due.lacks.join(", ")}`,
        `\`tocsin incident edit ${n}\``,
      );
    case "update-overdue":
      return ask(
        desk,
        incident,
        due.kind,
        `overdue/${due.promisedAt}`,
        `Incident ${n}: an update is overdue`,
        `Users were promised one by ${isoSeconds(due.promisedAt)}: \`tocsin incident update ${n} TEXT\`.`,
      );
    case "acknowledgement-over":
      return ask(
        desk,
        incident,
        due.kind,
        `ack/${due.until}`,
        `Incident ${n} is still open`,
        `It was acknowledged until ${isoSeconds(due.until)}: \`tocsin incident ack ${n}\` again, or \`resolve ${n}\`.`,
      );
  }
}

/** Asked once for each thing that is due, on every team channel. */
async function ask(
  desk: Desk,
  incident: Incident,
  event: Reminder["kind"],
  once: string,
  lead: string,
  text: string,
): Promise<void> {
  const now = desk.clock.now();
  const message = messageOf({ audience: "team", lead, text, page: true }, dutyHolders(desk.roles), now, event);
  const subject = subjectOf(incident.number);
  const team = [...desk.channels.values()].filter((channel) => channel.audience === "team");
  await queueMessages(
    desk.db,
    team.map((channel) => ({ target: channel.id, subject, message, once: `${subject}/${once}` })),
    now,
  );
  desk.bell.ring();
}

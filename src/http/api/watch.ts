// For `tocsin watch` on another host: what it needs to speak for us, and the word that it did.
import { takeBack, watchKey } from "../../engine/watchers.ts";
import { day, hour, isoSeconds, minute } from "../../lib/clock.ts";
import { packed } from "../../lib/json.ts";
import { ownVersion } from "../../lib/own-version.ts";
import { timeline } from "../../oncall/timeline.ts";
import { readSnapshot } from "../../status/read-snapshot.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { TakenBack, WatchSnapshot } from "../watch-contract.ts";

const horizon = 14 * day;

const pull = route({
  method: "GET",
  path: "/api/v1/watch",
  tag: "watch",
  summary: "Everything that `tocsin watch` needs to speak for this server when it is silent",
  scope: "watch",
  params: nothing,
  query: nothing,
  body: nothing,
  answers: { 200: WatchSnapshot },
  problems: [],
  async answer(desk) {
    const now = desk.clock.now();
    const snapshot = await readSnapshot(desk, desk.pages[0], now, minute);
    return answered(200, {
      taken: isoSeconds(now),
      epoch: snapshot.sequence.epoch,
      key: await watchKey(desk.db),
      public: packed(snapshot),
      version: ownVersion(),
      roles: [...desk.roles.values()].map((role) => ({
        id: role.id,
        name: role.name,
        timeline: timeline(role, now, now + horizon).map(({ start, end, people, because }) => ({
          start: isoSeconds(start),
          end: isoSeconds(end),
          people: [...people],
          hours: (end - start) / hour,
          because,
        })),
      })),
      people: [...desk.people.values()].map(({ id, name, irc }) => ({ id, name, irc: irc?.account ?? null })),
    });
  },
});

const back = route({
  method: "POST",
  path: "/api/v1/watch/back",
  tag: "watch",
  summary: "Say that a watcher spoke for this server: every mirror is taken back at once",
  scope: "watch",
  params: nothing,
  query: nothing,
  body: nothing,
  answers: { 200: TakenBack },
  problems: [],
  answer: async (desk) => answered(200, { targets: [...(await takeBack(desk))] }),
});

export const watchRoutes: readonly Route[] = [pull, back];

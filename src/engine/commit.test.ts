// Who hears what of an incident: users hear only of components that the page of their channel shows.
import { expect, test } from "vitest";
import type { ChannelId, ComponentId, PageId } from "../config/names.ts";
import { ensureRecord } from "../db/record-store.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import { brand } from "../lib/ids.ts";
import { bareDesk, testPage } from "../../test/kit/bare-desk.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { complete, impactOn, opened, opening, play, t0 } from "../../test/kit/incidents.ts";
import { commitChange, transact } from "./commit.ts";

const [web, vault] = [brand<ComponentId>("web"), brand<ComponentId>("vault")];
const quiet = { connection: "none", send: async () => ({ kind: "sent" as const }) };
const main = { ...testPage, shown: { except: [vault] } };
const inner = { id: brand<PageId>("inner"), site: { ...testPage.site, name: "Inner" }, shown: { only: [vault] } };

onEachDatabase("what users are told", (database) => {
  test.each([
    { hit: { web: "major_outage" }, told: ["users"] },
    { hit: { vault: "major_outage" }, told: ["partners"] },
    { hit: { web: "partial_outage", vault: "major_outage" }, told: ["partners", "users"] },
  ] as const)("$hit is told to $told, each about what they may know", async ({ hit, told }) => {
    await using at = await database.open();
    await ensureRecord(at.db, t0);
    const channels = [
      { id: brand<ChannelId>("team"), audience: "team" as const, page: testPage },
      { id: brand<ChannelId>("users"), audience: "users" as const, page: main },
      { id: brand<ChannelId>("partners"), audience: "users" as const, page: inner },
    ];
    const parts = [web, vault].map((id) => ({ id, name: `The ${id}`, notice: {} }));
    const { desk } = bareDesk(at.db, parts, {
      channels: new Map(channels.map((each) => [each.id, { ...each, type: "none", channel: quiet }])),
    });
    const notice = { ...complete, title: "Something is shut" };
    const first = opening({ notice, impact: impactOn(hit) });
    const draft = opened({ notice, impact: impactOn(hit) });
    const { events } = play(draft, { do: "publish" });
    await transact(desk, (tx) => commitChange(tx, desk, undefined, [first, ...events], t0));
    const rows = await listDeliveries(at.db, { limit: 50 });
    const toUsers = rows.filter(({ target }) => target !== "team");
    expect([...new Set(toUsers.map(({ target }) => target))].toSorted()).toEqual(told);
    for (const { target, message } of toUsers)
      expect(JSON.stringify(message)).not.toMatch(target === "users" ? /vault/iu : /\bweb\b/iu);
    const toTeam = rows.filter(({ target }) => target === "team").map(({ message }) => JSON.stringify(message));
    for (const id of Object.keys(hit)) expect(toTeam.join()).toContain(`The ${id}`);
  });
});

import { expect, test } from "vitest";
import { bareDesk } from "../../test/kit/bare-desk.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { readInbox } from "../alerts/inbox-store.ts";
import type { WebhookSource } from "../alerts/source.ts";
import type { SourceId } from "../config/names.ts";
import { ensureRecord } from "../db/record-store.ts";
import { minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { failed, ok } from "../lib/result.ts";
import { makeIntake } from "./intake.ts";
import { makeReceiver } from "./receive.ts";

const id = brand<SourceId>("hook");

/** Takes `{"warn": …}` with a warning, and what is no object not at all. */
const source: WebhookSource = {
  kind: "webhook",
  asks: { challenge: "Bearer", words: "the token is missing" },
  verify: ({ headers }) => headers["authorization"] === "yes",
  parse: (body) => {
    if (typeof body !== "object" || body === null) return failed(["$: no object"]);
    return ok({ alerts: [], warnings: "warn" in body ? ["$.warn: there"] : [] });
  },
};

onEachDatabase("a body that was sent before", (kind) => {
  test("is kept as often as it comes, each time with the answer that it deserves", async () => {
    await using database = await kind.open();
    await ensureRecord(database.db, 0);
    const sources = new Map([[id, { id, type: "test", source }]]);
    const bare = bareDesk(database.db, [], { sources });
    const receiver = makeReceiver(bare.desk);
    const send = (text: string, authorization = "yes") => receiver.receive(id, { authorization }, Buffer.from(text));

    for (const round of [0, 1, 2]) {
      bare.set(t0 + round * minute);
      expect(await send("{}")).toEqual({ kind: "accepted", alerts: 0, warnings: [] });
      expect(await send('{"warn":1}')).toEqual({ kind: "accepted", alerts: 0, warnings: ["$.warn: there"] });
      expect(await send("7")).toEqual({ kind: "rejected", problems: ["$: no object"] });
      expect(await send("{}", "no")).toEqual({ kind: "unauthorized", asks: source.asks });
    }
    const rows = await readInbox(
      database.db,
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect(
      rows.map(({ receivedAt, body, status }) => [(receivedAt - t0) / minute, Buffer.from(body).toString(), status]),
    ).toEqual(
      [0, 1, 2].flatMap((round) => [
        [round, "{}", "new"],
        [round, '{"warn":1}', "new"],
        [round, "7", "rejected"],
      ]),
    );
  });
});

onEachDatabase("a body of which a part was not understood", (kind) => {
  test("is taken, and the inbox and the answer say what was left out", async () => {
    await using database = await kind.open();
    await ensureRecord(database.db, 0);
    const parts: WebhookSource = {
      ...source,
      parse: () => ok({ alerts: [], warnings: [], wrong: ["$.alerts[1].labels: must be an object"] }),
    };
    const { desk } = bareDesk(database.db, [], { sources: new Map([[id, { id, type: "test", source: parts }]]) });
    const receipt = await makeReceiver(desk).receive(id, { authorization: "yes" }, Buffer.from("{}"));
    expect(receipt).toMatchObject({ kind: "accepted", wrong: ["$.alerts[1].labels: must be an object"] });
    const said = { status: "done", reason: "$.alerts[1].labels: must be an object" };
    while (await makeIntake(desk)());
    expect(await readInbox(database.db, [1])).toMatchObject([said]);
  });
});

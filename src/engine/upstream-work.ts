// Work that upstreams plan: proposed to the team as a draft, and public only when somebody accepts it.
import type { Actor } from "../accounts/actor.ts";
import type { PlannedWork } from "../alerts/planned-work.ts";
import type { SourceId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import { queueMessages } from "../delivery/delivery-store.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import type { Instant } from "../lib/clock.ts";
import { present } from "../lib/records.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Maintenance } from "../maintenance/maintenance.ts";
import { draftsOf, insertDraft, readDraft, saveDraft } from "../maintenance/draft-store.ts";
import { planOfWork, reviewPlans, type UpstreamDraft } from "../maintenance/upstream-draft.ts";
import { messageOf } from "./announce.ts";
import { announceDraft } from "./announce-drafts.ts";
import { committed, Overtaken, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { addMaintenance } from "./maintain.ts";

/** What a page plans now, in the transaction of the look that saw it. */
export async function reviewUpstreamWork(
  tx: Tx,
  desk: Desk,
  source: SourceId,
  planned: readonly PlannedWork[],
  now: Instant,
): Promise<void> {
  for (const { before, after, did } of reviewPlans(await draftsOf(tx, source), planned, now)) {
    const draft =
      before === undefined
        ? await insertDraft(tx, { ...after, source }, now)
        : { ...after, source, number: before.number };
    if (before !== undefined && !(await saveDraft(tx, before, draft, now)))
      throw new Overtaken(`draft ${before.number} was changed meanwhile`);
    if (did === "quietly") continue;
    const said = announceDraft(draft, did, desk, now);
    const team = [...desk.channels.values()].filter(({ audience }) => audience === "team");
    const subject = `draft:${draft.number}`;
    await queueMessages(tx, team.map(({ id }) => ({ target: id, subject, message: messageOf(said, [], now, did) })), now); // prettier-ignore
  }
}

const notFound = (number: number): Result<never, Refusal> =>
  failed({ code: "not-found", message: `there is no draft ${number}` });

function notOpen({ number, state, maintenance }: UpstreamDraft): Result<never, Refusal> {
  const is = maintenance === undefined ? `is ${state}` : `is maintenance ${maintenance} already`;
  return failed({ code: "illegal", message: `draft ${number} ${is}` });
}

/** It becomes a maintenance, and users are told. `until`: where their page does not say when it ends, or another end. */
export async function acceptDraft(
  desk: Desk,
  number: number,
  by: Actor,
  until?: Instant,
): Promise<Result<Maintenance, Refusal>> {
  const done = await transact(desk, async (tx): Promise<Result<Maintenance, Refusal>> => {
    const now = desk.clock.now();
    const before = await readDraft(tx, number);
    if (before === undefined) return notFound(number);
    if (before.state !== "proposed" && before.state !== "dismissed") return notOpen(before);
    const plan = planOfWork({ ...before.work, ...present({ until: until ?? before.work.until }) });
    if (plan === undefined)
      return failed({ code: "invalid", message: `their page does not say when it ends: accept ${number} --for 2h` });
    const made = await addMaintenance({ ...desk, db: tx, bell: { ...desk.bell, ring: () => {} } }, by, plan);
    if (!made.ok) return made;
    const after = {
      ...before,
      state: "accepted" as const,
      maintenance: made.value.number,
      version: before.version + 1,
    };
    if (!(await saveDraft(tx, before, after, now))) throw new Overtaken(`draft ${number} was changed meanwhile`);
    return made;
  });
  committed(desk);
  return done;
}

/** Nothing is made of it, and nobody is asked again. */
export async function dismissDraft(desk: Desk, number: number): Promise<Result<UpstreamDraft, Refusal>> {
  return transact(desk, async (tx): Promise<Result<UpstreamDraft, Refusal>> => {
    const before = await readDraft(tx, number);
    if (before === undefined) return notFound(number);
    if (before.state !== "proposed") return notOpen(before);
    const after = { ...before, state: "dismissed" as const, version: before.version + 1 };
    if (!(await saveDraft(tx, before, after, desk.clock.now())))
      throw new Overtaken(`draft ${number} was changed meanwhile`);
    return ok(after);
  });
}

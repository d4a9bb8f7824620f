// When no probe reaches anything, and the outside addresses of `network_check` do not answer either, it is we who are cut off.
import { alertKey, type Alert } from "../alerts/alert.ts";
import { readAlert } from "../alerts/alert-store.ts";
import type { SourceId } from "../config/names.ts";
import { bumpSequence } from "../db/record-store.ts";
import { isoSeconds, minute, second, type Instant } from "../lib/clock.ts";
import { httpClient } from "../lib/http-client.ts";
import { brand } from "../lib/ids.ts";
import { list, oneLine } from "../lib/text.ts";
import { transact } from "./commit.ts";
import { takeAlerts } from "./correlate-alert.ts";
import type { Desk } from "./desk.ts";

/** Why a look does not count while it may be us. */
export const cutOffWords = "Tocsin itself seems to be cut off: nothing outside answers either";

export type CutOff = {
  /** Something answered a probe: the network works. */
  reached(id: SourceId): Promise<void>;
  /** Nothing answered a probe. True: it may well be us, and the look does not count. */
  unreached(id: SourceId, signal: AbortSignal): Promise<boolean>;
  /** `suspected` long enough is `declared`: the team is told, once, and nothing else is an alarm. */
  readonly standing: () => "well" | "suspected" | "declared";
};

/** What is suspected for so long is told. */
const declaredAfter = minute;
/** An answer from outside holds for so long. */
const outsideHolds = 10 * second;
const outsideTimeout = 5 * second;

const source = brand<SourceId>("network-check");
// It ends like that of a source that cannot look: reminders and drafts know it for one.
const key = alertKey(source, "blind");

export function makeCutOff(desk: Desk): CutOff {
  const addresses = desk.networkCheck ?? [];
  const failing = new Map<SourceId, Instant>();
  let lastReached = -Infinity;
  let suspectedSince: Instant | undefined;
  /** Since when; unknown until the record was asked, once: a term before this one may have declared it. */
  let declaredSince: Instant | undefined;
  let asked = false;
  let outside: { readonly at: Instant; readonly answers: Promise<boolean> } | undefined;

  function outsideAnswers(now: Instant, signal: AbortSignal): Promise<boolean> {
    if (outside === undefined || now - outside.at >= outsideHolds)
      outside = { at: now, answers: anyAnswers(addresses, signal) };
    return outside.answers;
  }

  async function recall(): Promise<void> {
    if (asked) return;
    const known = await readAlert(desk.db, key);
    asked = true;
    if (known?.alert.status === "firing") declaredSince = known.alert.startsAt;
  }

  async function tell(status: Alert["status"], since: Instant, summary: string): Promise<void> {
    const now = desk.clock.now();
    const ended = status === "resolved" ? { endsAt: now } : {};
    const alert: Alert = { key, kind: "blind", status, severity: "critical", summary, labels: { source }, startsAt: since, ...ended, observedAt: now }; // prettier-ignore
    await transact(desk, async (tx) => {
      await takeAlerts(tx, desk, [{ alert }], now);
      await bumpSequence(tx, now);
    });
    desk.bell.ring();
  }

  async function declare(since: Instant): Promise<void> {
    if (declaredSince !== undefined) return;
    declaredSince = since;
    const hosts = oneLine(list(addresses.map((address) => new URL(address).host)), 200);
    desk.log.error({ since: isoSeconds(since) }, "cut off: no probe reaches anything, nor does the network check");
    const summary = `Tocsin itself is cut off since ${isoSeconds(since)}: no probe reaches anything, and ${hosts} cannot be reached either. What they watch is unknown; nothing else is alarmed about until this ends`;
    await tell("firing", since, summary);
  }

  async function end(because: string): Promise<void> {
    suspectedSince = undefined;
    if (declaredSince === undefined) return;
    const since = declaredSince;
    declaredSince = undefined;
    desk.log.info({ because }, "no longer cut off");
    await tell("resolved", since, `Tocsin is no longer cut off: ${because}`);
  }

  return {
    standing: () => (declaredSince !== undefined ? "declared" : suspectedSince !== undefined ? "suspected" : "well"),
    async reached(id) {
      await recall();
      failing.delete(id);
      lastReached = desk.clock.now();
      if (suspectedSince !== undefined || declaredSince !== undefined) await end(`${id} reaches what it watches`);
    },
    async unreached(id, signal) {
      if (addresses.length === 0) return false;
      await recall();
      const now = desk.clock.now();
      const since = failing.get(id) ?? now;
      failing.set(id, since);
      // While others reach what they watch, the trouble is not ours.
      if (lastReached >= since && lastReached !== now) return false;
      if (await outsideAnswers(now, signal)) {
        await end("the addresses outside answer");
        return false;
      }
      suspectedSince ??= declaredSince ?? now;
      if (now - suspectedSince >= declaredAfter) await declare(suspectedSince);
      return true;
    },
  };
}

/** Any answer will do: it came from outside. */
async function anyAnswers(addresses: readonly string[], signal: AbortSignal): Promise<boolean> {
  const answers = await Promise.all(
    addresses.map(async (address) => {
      const client = httpClient(address);
      const said = await client.ask({ method: "GET", headers: {}, timeoutMs: outsideTimeout }, signal);
      client.close();
      return said.kind === "answer";
    }),
  );
  return answers.includes(true);
}

// What still fires is said again and again. A word that was a repeat a moment ago is one now, without a look into the database.
import type { Alert, AlertKey } from "../alerts/alert.ts";
import { saysTheSame } from "../alerts/repeats.ts";
import { second, type Instant } from "../lib/clock.ts";

export type RecentWords = {
  /** Whether nothing can come of it. */
  isRepeat(alert: Alert): boolean;
  /** It was looked at, and was a repeat or not. */
  note(alert: Alert, wasRepeat: boolean): void;
  /** Something was decided, by people or by the clock: all must be looked at again. */
  forget(): void;
};

/** When it was heard last is written each minute; this must not keep it from that. */
const longest = 20 * second;
const most = 20_000;

type Known = { readonly alert: Alert; readonly until: Instant };

/** What is on disk of an expiry has half of its life left when it was looked at; half of that may pass. */
function validUntil({ observedAt, expiresAt }: Alert): Instant {
  return expiresAt === undefined ? observedAt + longest : Math.min(observedAt + longest, observedAt + (expiresAt - observedAt) / 4); // prettier-ignore
}

export function recentWords(): RecentWords {
  const known = new Map<AlertKey, Known>();
  return {
    isRepeat(alert) {
      const before = known.get(alert.key);
      if (before === undefined || alert.observedAt < before.alert.observedAt || alert.observedAt >= before.until) return false; // prettier-ignore
      const sooner = (alert.expiresAt ?? Infinity) < (before.alert.expiresAt ?? Infinity);
      return !sooner && saysTheSame(before.alert, alert);
    },
    note(alert, wasRepeat) {
      if (!wasRepeat) return void known.delete(alert.key);
      if (known.size >= most) known.clear();
      known.set(alert.key, { alert, until: validUntil(alert) });
    },
    forget: () => known.clear(),
  };
}

// Points in time as people type them: `2026-11-22T10:42Z`, `10:42` (UTC), `45m` from now, `-45m` ago, `now`.
import { day, isoSeconds, type Instant } from "./clock.ts";
import { parseDuration } from "./duration.ts";
import { failed, ok, type Result } from "./result.ts";

const iso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** `toward`: whether a bare clock time means the last or the next one. Times without a zone are UTC. */
export function parseWhen(text: string, now: Instant, toward: "past" | "future"): Result<Instant, string> {
  const asked = text.trim();
  if (asked === "now") return ok(now);
  const [, sign, length] = /^([+-]?)(\d.*)$/.exec(asked) ?? [];
  const span = length === undefined ? undefined : parseDuration(length);
  if (span !== undefined) return ok(sign === "-" ? now - span : now + span);
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)( ?UTC|Z)?$/.exec(asked);
  if (clock !== null) return ok(nearestClock(Number(clock[1]), Number(clock[2]), now, toward));
  if (iso.test(asked)) {
    const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(asked) || !/[T ]/.test(asked) ? asked : `${asked}Z`;
    const at = Date.parse(zoned.replace(" ", "T"));
    // Date.parse takes the 31st of February for the 3rd of March.
    const date = asked.slice(0, 10);
    const exists = !Number.isNaN(at) && isoSeconds(Date.parse(date)).startsWith(date);
    if (exists) return ok(at);
  }
  return failed(`"${asked}" is no time; write 2026-11-22T10:42Z, 10:42 (UTC), 45m (from now) or -45m (ago)`);
}

function nearestClock(hours: number, minutes: number, now: Instant, toward: "past" | "future"): Instant {
  const midnight = Math.floor(now / day) * day;
  const today = midnight + hours * 3_600_000 + minutes * 60_000;
  if (toward === "past") return today <= now ? today : today - day;
  return today > now ? today : today + day;
}

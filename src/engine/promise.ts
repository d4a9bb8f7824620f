// The next update that users are promised.
import type { Impact } from "../incidents/impact.ts";
import { severityOf } from "../components/status.ts";
import type { Instant } from "../lib/clock.ts";
import type { Desk } from "./desk.ts";

/** The next update that is promised when nobody promises another. */
export function promisedUpdate(desk: Desk, impact: Impact, now: Instant): Instant {
  const severity = severityOf(Object.values(impact));
  const every = desk.promises.updateEvery;
  return now + (severity === "critical" ? every.critical : severity === "major" ? every.major : every.minor);
}

// What goes back to a detector: which of its alarms people dismissed as no outage, so that it can relearn.
import type { Instant } from "../lib/clock.ts";
import type { AlertKey } from "./alert.ts";

export type Feedback = { readonly dismissed: readonly { readonly key: AlertKey; readonly at: Instant }[] };

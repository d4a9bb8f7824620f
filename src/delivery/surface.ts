// One surface as the auditor knows it, and what is to be done after each look. Pure.
import { minute, type Instant } from "../lib/clock.ts";

/** `status`: since when it is so only counts while something is wrong. */
export type Surface = {
  readonly name: string;
  readonly status: "equal" | "differs" | "unreachable";
  /** What differs, or why it cannot be reached. */
  readonly what?: string;
  /** Since when it has not been equal. */
  readonly since?: Instant;
  readonly lookedAt: Instant;
  readonly equalAt?: Instant;
  /** When it last answered. */
  readonly reachedAt?: Instant;
  /** The team was told of what is wrong. */
  readonly toldAt?: Instant;
  readonly restoredAt?: Instant;
  /** What had been altered then. */
  readonly restored?: string;
};

export type Look =
  | { readonly kind: "equal" }
  | { readonly kind: "settling" }
  | { readonly kind: "differs"; readonly what: string; readonly since?: Instant }
  | { readonly kind: "unreachable"; readonly because: string; readonly since?: Instant };

export type AfterLook = {
  readonly surface: Surface;
  /** It is to be published again. */
  readonly repair: boolean;
  /** For the log: it began to differ, it was put right. */
  readonly news?: "altered" | "restored";
  readonly tell?: { readonly kind: "trouble" | "over"; readonly since: Instant };
};

/** What has not been put right by then is told. */
const alarmAfter = 5 * minute;

/** `quiet`: it was never reached from here, which may well be how the network is made. */
export function afterLook(before: Surface | undefined, name: string, look: Look, now: Instant): AfterLook {
  const was = before ?? { name, status: "equal" as const, lookedAt: now };
  if (look.kind === "settling") return { surface: { ...was, lookedAt: now, reachedAt: now }, repair: false };
  const { what: _what, since: _since, toldAt: _told, ...steady } = was;
  if (look.kind === "equal") {
    const mended = was.status === "differs";
    const restored = mended && was.what !== undefined ? { restoredAt: now, restored: was.what } : {};
    return {
      surface: { ...steady, ...restored, status: "equal", lookedAt: now, equalAt: now, reachedAt: now },
      repair: false,
      ...(mended ? { news: "restored" as const } : {}),
      ...(was.toldAt === undefined ? {} : { tell: { kind: "over" as const, since: was.since ?? was.toldAt } }),
    };
  }
  const since = Math.min(was.since ?? now, look.since ?? now);
  // One look alone may have met a machine that slept.
  const late = was.since !== undefined && now - since >= alarmAfter && was.toldAt === undefined;
  const surface: Surface = {
    ...steady,
    status: look.kind,
    what: look.kind === "differs" ? look.what : look.because,
    since,
    lookedAt: now,
    ...(look.kind === "differs" ? { reachedAt: now } : {}),
    ...(was.toldAt === undefined ? {} : { toldAt: was.toldAt }),
  };
  // A page that was never reached from in here may be reached by everybody outside.
  const known = was.reachedAt !== undefined || look.kind === "differs" || name !== pageSurface;
  const tells = late && known;
  return {
    surface: tells ? { ...surface, toldAt: now } : surface,
    // What is only old was written already: writing it again would only tire its host.
    repair: look.kind === "differs" && look.since === undefined,
    ...(look.kind === "differs" && was.status !== "differs" ? { news: "altered" as const } : {}),
    ...(tells ? { tell: { kind: "trouble" as const, since } } : {}),
  };
}

/** The live page at its public address. */
export const pageSurface = "live page";
